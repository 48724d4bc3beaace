import { expect, test } from "@jest/globals";
import { buildFolder, policyFolder } from "../../test/policy-folder.ts";
import { runOpa } from "../../test/compile-rego.ts";
import { loadEngine } from "../engine/load.ts";
import { readBundle } from "./read-bundle.ts";

const CALLS: readonly (readonly [text: string, pattern: string, by: string])[] = [
  ["ab", "", "-"],
  ["", "", "-"],
  ["aäb€a😀ä", "", "-"],
  ["aäb€a😀ä", "ä", "--"],
  ["aaa", "aa", "b"],
  ["100Mi", "Mi", ""],
  ["a", "b", "c"],
];

/** One package for each dialect, one with a library, and what they give for a call. */
const FILES = {
  "pack/one.rego":
    "package one\n\ndeny contains replace(x.text, x.pattern, x.by) if x := input.request.object\n",
  "pack/two.rego":
    "package two\n\nimport data.lib.text\n\ndeny contains text.changed(x) if x := input.request.object\n",
  "pack/old.rego":
    "package old\n\ndeny[msg] { x := input.request.object; msg := replace(x.text, x.pattern, x.by) }\n",
  "lib/text.rego": "package lib.text\n\nchanged(x) := replace(x.text, x.pattern, x.by)\n",
};

test("`replace` with a pattern that the object decides ends, and gives what OPA gives", async () => {
  const { file } = await buildFolder(await policyFolder(FILES));
  const engine = loadEngine(await readBundle(file));
  const rows = CALLS.map(([text, pattern, by]) => {
    const input = {
      text: JSON.stringify({ request: { object: { text, pattern, by } } }),
      members: [],
      shared: false,
    };
    const session = engine.open({ now: 0n, seed: "" });
    return ["one", "two", "old"].map((name) => {
      const result = session.evaluate(`${name}/deny`, input);
      return result.kind === "value" ? JSON.stringify(result.value) : result.error.message;
    });
  });
  const expected = CALLS.map((call) => {
    const query = `{replace(${call.map((text) => JSON.stringify(text)).join(", ")})}`;
    // Parsed and written again: OPA escapes other characters.
    const set = JSON.stringify(JSON.parse(runOpa(["eval", "--format", "raw", query])));
    return [set, set, set];
  });
  expect(rows).toEqual(expected);
});

test("a package that has a `replace` of its own keeps it", async () => {
  const own = 'replace(text, _, _) := text\n\ndeny contains replace(input.kind, "", "x")\n';
  const { file } = await buildFolder(await policyFolder({ "pack/rule.rego": `package rule\n\n${own}` }));
  const session = loadEngine(await readBundle(file)).open({ now: 0n, seed: "" });
  const result = session.evaluate("rule/deny", { text: '{"kind": "Pod"}', members: [], shared: false });
  expect(result.kind === "value" && JSON.stringify(result.value)).toBe('["Pod"]');
});
