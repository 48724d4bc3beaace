import { describe, expect, test } from "@jest/globals";
import { diffLines } from "diff";
import { corporaOrReason } from "../../../../test/corpora.ts";
import { applyPatch } from "../../../admission/patch/apply.ts";
import { isList, valueAt } from "../../../admission/patch/json.ts";
import type { PatchOperation } from "../../../admission/patch/operation.ts";
import { formatPointer, type Pointer } from "../../../admission/patch/pointer.ts";
import { compare } from "../../../engine/compare.ts";
import { parseValue } from "../../../engine/parse.ts";
import { RegoObject, type RegoValue } from "../../../engine/value.ts";
import { findManifests } from "../files.ts";
import { readManifests } from "../read.ts";
import { patchSource } from "./patch-source.ts";

const POD_SPECS: readonly Pointer[] = [
  ["spec"],
  ["spec", "template", "spec"],
  ["spec", "jobTemplate", "spec", "template", "spec"],
];

/** What policies do to workloads: labels, annotations, security contexts, sidecars, environment, resources. */
function patchesFor(object: RegoValue): readonly PatchOperation[] {
  return [
    ...member(object, ["metadata"], "labels", '{"team":"web"}'),
    ...member(object, ["metadata", "labels"], "portcullis.dev/on", '"yes"'),
    ...member(object, ["metadata"], "annotations", '{"note":"a: b"}'),
    ...POD_SPECS.flatMap((spec) =>
      isList(valueAt(object, [...spec, "containers"])) ? podSpec(object, spec) : [],
    ),
  ];
}

function podSpec(object: RegoValue, spec: Pointer): readonly PatchOperation[] {
  const container = [...spec, "containers", "0"];
  return [
    ...member(
      object,
      spec,
      "securityContext",
      '{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}',
    ),
    ...member(object, container, "resources", '{"limits":{"cpu":"1"}}'),
    ...member(object, [...container, "resources"], "claims", "[]"),
    ...member(object, container, "env", "[]"),
    {
      op: "add",
      path: formatPointer([...container, "env", "-"]),
      value: parseValue('{"name":"A","value":"1"}'),
    },
    {
      op: "add",
      path: formatPointer([...spec, "containers", "0"]),
      value: parseValue('{"name":"proxy","image":"p:1"}'),
    },
    {
      op: "add",
      path: formatPointer([...spec, "containers", "-"]),
      value: parseValue('{"name":"log","args":["-v"]}'),
    },
  ];
}

/** Adds a member to an object that is there and has none of its name. */
function member(object: RegoValue, parent: Pointer, name: string, value: string): readonly PatchOperation[] {
  const found = valueAt(object, parent);
  if (!(found instanceof RegoObject) || found.get(name) !== undefined) return [];
  return [{ op: "add", path: formatPointer([...parent, name]), value: parseValue(value) }];
}

/** Lines of a text that are not in the other, but for those of values without members, which open. */
function linesGone(before: string, after: string): readonly string[] {
  return diffLines(`${before}\n`, `${after}\n`)
    .filter(({ removed }) => removed)
    .flatMap(({ value }) => value.split("\n"))
    .filter((line) => !/(?:\{\}|\[\]|:|null|^)\s*$/.test(line));
}

/** Whether each object of a file reads as it should with its patch, and lines that the patch took away. */
function checkFile(
  file: string,
  text: string,
): readonly { readonly same: boolean; readonly gone: readonly string[] }[] {
  return readManifests(file, text).manifests.map((manifest, index) => {
    const object = parseValue(manifest.text);
    const patch = patchesFor(object);
    const edit = patchSource(text, manifest, [], patch) ?? { line: 1, before: "", after: "" };
    const start =
      text
        .split("\n")
        .slice(0, edit.line - 1)
        .join("\n").length + (edit.line > 1 ? 1 : 0);
    const whole = text.slice(0, start) + edit.after + text.slice(start + edit.before.length);
    const after = readManifests(file, whole).manifests[index];
    const same = compare(parseValue(after?.text ?? "null"), applyPatch(object, patch)) === 0;
    // JSON puts a comma behind the line above what comes.
    return { same, gone: file.endsWith(".json") ? [] : linesGone(edit.before, edit.after) };
  });
}

const corpora = corporaOrReason("patches of the real manifests as texts");
const describeCorpora = corpora === undefined ? describe.skip : describe;

describeCorpora("patches of real manifests", () => {
  test("add lines and take none away", async () => {
    const checked: string[] = [];
    const wrong: unknown[] = [];
    for await (const found of findManifests([`${corpora}/manifests`, `${corpora}/gatekeeper-library`])) {
      if (found.kind === "problem") throw found.error;
      for (const { same, gone } of checkFile(found.file, found.text)) {
        checked.push(found.file);
        if (!same || gone.length > 0) wrong.push([found.file, same, gone]);
      }
    }
    expect(wrong).toEqual([]);
    expect(checked.length).toBeGreaterThan(500);
  }, 60_000);
});
