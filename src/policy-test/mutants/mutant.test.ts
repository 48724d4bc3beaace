import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { runOpa } from "../../../test/compile-rego.ts";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import { findRuleMutants, type RuleMutant, type MutantIdentity } from "./mutant.ts";
import { isNode, readSource } from "./syntax-node.ts";

async function mutantsOf(text: string, dialect: "v0" | "v1" = "v1"): Promise<readonly RuleMutant[]> {
  const file = path.join(await temporaryFolder(), "policy.rego");
  await writeFile(file, text);
  const flags = dialect === "v0" ? ["--v0-compatible"] : [];
  const output = runOpa(["parse", "--format", "json", "--json-include", "locations", ...flags, file]);
  const tree: unknown = JSON.parse(output);
  if (!isNode(tree)) throw new Error("OPA gave no tree");
  return findRuleMutants({ path: "policy.rego", tree, dialect, source: readSource(text) });
}

function identity({
  kind: _kind,
  line: _line,
  column: _column,
  text: _text,
  ...rest
}: RuleMutant): MutantIdentity {
  return rest;
}

/** The rules that a rule becomes, by the operator. */
async function changesOf(rule: string, operator: string, dialect: "v0" | "v1" = "v1"): Promise<string[]> {
  const head = "package p\n\n";
  const mutants = await mutantsOf(`${head}${rule}\n`, dialect);
  return mutants
    .filter((mutant) => mutant.operator === operator)
    .map(({ text }) => text.slice(head.length, -1));
}

describe("each way to change a policy", () => {
  const table: readonly (readonly [operator: string, rule: string, changes: readonly string[]])[] = [
    ["drop-rule", "a := 1 if input.x", ["a := 1 if { false; input.x }"]],
    ["drop-rule", "a if {\n\tinput.x\n}", ["a if {\n\tfalse; input.x\n}"]],
    ["drop-rule", "a := {1}", ["a := {1} if false"]],
    ["drop-rule", "a contains 1\na contains 2", ["\na contains 2", "a contains 1\n"]],
    ["drop-rule", "default a := 1\na := 2 if input.x", ["\na := 2 if input.x", "default a := 1\n"]],
    [
      "drop-else",
      "a := 1 if { input.x } else := 2 if { input.y } else := 3",
      [
        "a := 1 if { input.x } else := 2 if { false; input.y } else := 3",
        "a := 1 if { input.x } else := 2 if { input.y } ",
      ],
    ],
    [
      "drop-expression",
      "a if { input.x; input.y == 1 }",
      ["a if { true; input.y == 1 }", "a if { input.x; true }"],
    ],
    ["drop-expression", "a if every x in input { x }", ["a if true", "a if every x in input { true }"]],
    [
      "negate",
      "a if { not input.x; input.y }",
      ["a if { input.x; input.y }", "a if { not input.x; not input.y }"],
    ],
    ["negate", "a := [x | x := input.y; x]", ["a := [x | x := input.y; not x]"]],
    ["flip-operator", "a if input.x < 1", ["a if input.x <= 1", "a if input.x > 1"]],
    ["flip-operator", "a if input.x == input.y", ["a if input.x != input.y"]],
    ["flip-operator", "a := input.x + input.y", ["a := input.x - input.y"]],
    ["drop-item", "a := {2, 1}", ["a := {1}", "a := {2}"]],
    ["drop-item", "a := {input.x}", ["a := set()"]],
    ["drop-item", 'a := ["x"]', ["a := []"]],
    ["drop-key", 'a := {"y": 1, "x": 2}', ['a := {"x": 2}', 'a := {"y": 1}']],
    ["change-constant", "a := 1", ["a := 2", "a := 0"]],
    ["change-constant", 'a := "x"', ['a := "mutant"']],
    ["change-constant", "a if input.x == null", ['a if input.x == "mutant"']],
    ["change-constant", "default a := false", ["default a := true"]],
    ["change-constant", 'a("x", y) := y', ['a("mutant", y) := y']],
    [
      "change-constant",
      "a if input.x with input as 1",
      ["a if input.x with input as 2", "a if input.x with input as 0"],
    ],
    ["drop-call", "a := lower(input.x)", ["a := input.x"]],
    ["drop-call", "a if lower(input.x) == 1", ["a if input.x == 1"]],
    ["drop-interpolation", 'a := $"is {input.x}"', ['a := $"is "']],
  ];

  test.each(table)("%s: %s", async (operator, rule, changes) => {
    expect(await changesOf(rule, operator)).toEqual(changes);
  });

  test("a rule of v0 without a body gets one that never holds", async () => {
    expect(await changesOf("a = 1", "drop-rule", "v0")).toEqual(["a = 1 { false }"]);
  });

  test("what has no place of its own in OPA's tree is left as it is", async () => {
    const rule = "a := 1 if { input.x } else := 2 if input.y == 3";
    expect(await changesOf(rule, "flip-operator")).toEqual([]);
  });

  test("characters beyond the first plane do not move what follows them", async () => {
    expect(await changesOf('a := {"🦀é": 1, "x": input.y}', "drop-key")).toEqual([
      'a := {"x": input.y}',
      'a := {"🦀é": 1}',
    ]);
  });
});

describe("a mutant", () => {
  test("is told by what is changed, not by its line", async () => {
    const rule = 'deny contains "a" if {\n\tinput.x == 1\n\tinput.y == 1\n}\n';
    const [here, there] = await Promise.all([
      mutantsOf(`package p\n\n${rule}`),
      mutantsOf(`package p\n\n# moved\n\n\n${rule}`),
    ]);
    expect(there.map(identity)).toEqual(here.map(identity));
    expect(new Set(here.map((mutant) => JSON.stringify(identity(mutant)))).size).toBe(here.length);
  });

  test("says which one of equal ones it is, and where it stands", async () => {
    const mutants = await mutantsOf("package p\n\na if {\n\tinput.x == 1\n\tinput.y == 1\n}\n");
    expect(mutants.filter(({ operator }) => operator === "flip-operator")).toMatchObject([
      { file: "policy.rego", rule: "a", before: "==", after: "!=", occurrence: 1, line: 4, column: 10 },
      { file: "policy.rego", rule: "a", before: "==", after: "!=", occurrence: 2, line: 5, column: 10 },
    ]);
  });

  test("is listed once, however many ways lead to it", async () => {
    const texts = (await mutantsOf("package p\n\na if true\n")).map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).not.toContain("package p\n\na if true\n");
  });
});
