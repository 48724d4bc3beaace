import path from "node:path";
import { expect, test } from "@jest/globals";
import { policyFolder } from "../../../test/policy-folder.ts";
import { parseEquivalents, readEquivalents } from "./equivalents.ts";

const LIST = `# Why
- file: lib/a.rego
  rule: f
  reason: A fast path.
  mutants:
    - { operator: drop-rule, before: "f(x) := 1", after: "" }
    - { operator: change-constant, before: "1", after: "2", occurrence: 2 }
- file: lib/b.rego
  rule: g
  reason: >-
    Bound twice.
  mutants:
    - operator: negate
      before: x
      after: not x
`;

test("the mutants of each group are read with the lines of their entries", () => {
  const a = { file: "lib/a.rego", rule: "f", reason: "A fast path." };
  expect(parseEquivalents(LIST, "list")).toEqual([
    { ...a, operator: "drop-rule", before: "f(x) := 1", after: "", occurrence: 1, line: 6 },
    { ...a, operator: "change-constant", before: "1", after: "2", occurrence: 2, line: 7 },
    {
      file: "lib/b.rego",
      rule: "g",
      reason: "Bound twice.",
      operator: "negate",
      before: "x",
      after: "not x",
      occurrence: 1,
      line: 13,
    },
  ]);
});

test("a folder without a list has none, and an empty list is one", async () => {
  expect(await readEquivalents(await policyFolder({ "a/b.rego": "" }))).toEqual([]);
  expect(await readEquivalents(await policyFolder({ "equivalent-mutants.yaml": "# nothing\n" }))).toEqual([]);
});

test.each([
  ["no YAML", "- ]", "list"],
  ["an entry without a reason", LIST.replace("  reason: A fast path.\n", ""), "1 reason"],
  ["an empty reason", LIST.replace("A fast path.", '""'), "1 reason"],
  ["an unknown operator", LIST.replace("negate", "deny"), "2 mutants 1 operator"],
  ["an unknown member", LIST.replace("occurrence", "occurence"), "1 mutants 2"],
  ["no list", "file: a", "expected array"],
])("%s is refused, and what is wrong is named", (_, text, named) => {
  expect(() => parseEquivalents(text, "list")).toThrow(named);
});

test("a list that cannot be read is an error with its path", async () => {
  const root = await policyFolder({ "equivalent-mutants.yaml/a": "" });
  await expect(readEquivalents(root)).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    position: { file: path.join(root, "equivalent-mutants.yaml") },
  });
});
