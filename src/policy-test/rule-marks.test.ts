import { beforeAll, expect, test } from "@jest/globals";
import { allTests, compiledTests, type CompiledTests } from "../../test/run-policy-tests.ts";
import { coverageOf } from "./coverage.ts";
import { runTests, type RunTests } from "./run-tests.ts";

const POLICY = `# METADATA
# title: every shape of a rule # if
package shop.size

default limit := 1

limit := input.limit

fact := "constant"

deny contains "braces" if { # not if
	input.size > 3 # trailing
}

deny contains "one line" if input.size > 4

warn contains "next line" if
	not input.quiet

level(size) := "large" if {
	size > 100
} else := "middle" if size > 10

else := "small"

kind("a")

kind("b") if input.b

same(x) := x
`;

const OLD = `package shop.old

deny[msg] { input.size > 3; msg := "old" }

allowed = true

never { input.never }
`;

const TESTS = `package shop.size_test

import data.shop.old
import data.shop.size

test_some if {
	size.deny == {"braces"} with input as {"size": 4}
	size.warn == {"next line"} with input as {}
	size.level(50) == "middle"
	old.deny == {"old"} with input as {"size": 4}
	old.allowed
	size.same(1) == 1
	print("printed by the test")
}
`;

let compiled: CompiledTests;
let run: RunTests;

beforeAll(async () => {
  const files = { "shop/size.rego": POLICY, "shop/old.rego": OLD, "shop/size_test.rego": TESTS };
  compiled = await compiledTests(files, "coverage");
  run = runTests(compiled.program, allTests(compiled.root));
});

test("the marks change no result and are not what a test printed", () => {
  expect(run.results.map(({ outcome, printed }) => [outcome.kind, printed])).toEqual([
    ["passed", ["printed by the test"]],
  ]);
});

test("each rule and each else counts, in every way to write it, but no default value", () => {
  const { policies } = coverageOf(compiled.program.marked, run.reached, compiled.root);
  const [old, size] = policies;
  expect(old).toMatchObject({ policy: "shop/old", rules: 3, reached: 2, percent: 66.6 });
  expect(size?.rules).toBe(10);
});

test("a rule that no test reached is named with its file and line", () => {
  const { policies } = coverageOf(compiled.program.marked, run.reached, compiled.root);
  const missed = policies.flatMap((policy) => policy.missed);
  expect(missed).toEqual([
    { name: "never", file: `${compiled.root}/shop/old.rego`, line: lineOf("never", OLD) },
    ...["limit := input", "fact", 'deny contains "one', "level", "else", 'kind("b")'].map((text) => ({
      name: text === "else" ? "level (else)" : (/^\w+/.exec(text)?.[0] ?? ""),
      file: `${compiled.root}/shop/size.rego`,
      line: lineOf(text, POLICY),
    })),
  ]);
});

function lineOf(text: string, source: string): number {
  return source.split("\n").findIndex((line) => line.startsWith(text)) + 1;
}
