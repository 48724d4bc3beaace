import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { editedValues, regoValue } from "../../../test/patch-samples.ts";
import { RegoObject, type RegoValue } from "../../engine/value.ts";
import { parseFieldPath, type FieldPath } from "../../policy/field-path.ts";
import { diff } from "./diff.ts";
import { keyText, valueAt } from "./json.ts";
import type { PatchOperation } from "./operation.ts";
import { originOf } from "./origin.ts";

const add = (path: string): PatchOperation => ({ op: "add", path, value: regoValue({}) });
const remove = (path: string): PatchOperation => ({ op: "remove", path });
const replace = (path: string): PatchOperation => ({ op: "replace", path, value: "x" });

test.each<[string, string, readonly PatchOperation[], string | undefined]>([
  ["without a patch, where it is", "spec.a", [], "spec.a"],
  ["behind an item that came, one before", "l[2].image", [add("/l/0")], "l[1].image"],
  ["before an item that came, where it is", "l[0].image", [add("/l/1")], "l[0].image"],
  ["behind an item that went, one behind", "l[0].image", [remove("/l/0")], "l[1].image"],
  ["before an item that went, where it is", "l[0]", [remove("/l/1")], "l[0]"],
  ["in an item that came, at the list", "l[1].image", [add("/l/1")], "l"],
  [
    "in a member that came, at its parent",
    "spec.securityContext.runAsUser",
    [add("/spec/securityContext")],
    "spec",
  ],
  ["the member that came, at its parent", "spec.securityContext", [add("/spec/securityContext")], "spec"],
  ["a top member that came, at the object", "spec.a", [add("/spec")], undefined],
  ["in what was replaced, where it is", "spec.a", [replace("/spec/a")], "spec.a"],
  ["beside what came and went", "spec.a", [add("/spec/b"), remove("/spec/c"), add("/a")], "spec.a"],
  ["in another list", "l[1]", [add("/m/0"), add("/spec/l/0")], "l[1]"],
  ["a key of digits is no index", 'labels["1"]', [add("/labels/0"), remove("/labels/2")], 'labels["1"]'],
  [
    "through all operations, from the last",
    "l[2].m[1].x",
    [remove("/l/0"), add("/l/0"), add("/l/1"), add("/l/2/m/0")],
    "l[1].m[0].x",
  ],
  ["of keys with slashes", 'a["b/c"].d', [add("/a/b~1c")], "a"],
])("%s", (_name, field, patch, origin) => {
  expect(originOf(parseFieldPath(field) ?? [], patch)).toEqual(parseFieldPath(origin ?? "") ?? []);
});

/** Every path to a text, a number, a boolean or null. */
function leaves(value: RegoValue, path: FieldPath = []): readonly FieldPath[] {
  if (value instanceof RegoObject)
    return value.entries.flatMap(([key, member]) => leaves(member, [...path, keyText(key)]));
  if (Array.isArray(value))
    return (value as readonly RegoValue[]).flatMap((item, index) => leaves(item, [...path, index]));
  return [path];
}

test("what a patch leaves alone is found where it stood", () => {
  fc.assert(
    fc.property(editedValues, ([before, after]) => {
      const patch = diff(before, after);
      const replaced = new Set(patch.flatMap(({ op, path }) => (op === "replace" ? [path] : [])));
      for (const path of leaves(after)) {
        const tokens = path.map(String);
        const prefixes = tokens.map((_, index) => tokens.slice(0, index + 1));
        const touched = [
          "",
          ...prefixes.map((prefix) =>
            prefix.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
          ),
        ];
        const origin = originOf(path, patch);
        if (origin.length < path.length || touched.some((text) => replaced.has(text))) continue;
        expect(JSON.stringify(valueAt(before, origin.map(String)))).toBe(
          JSON.stringify(valueAt(after, tokens)),
        );
      }
    }),
    { numRuns: 1_000 },
  );
});
