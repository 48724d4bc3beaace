import { expect, test } from "@jest/globals";
import { differencesFrom } from "./opa-differences.ts";
import type { OpaResult } from "./opa-results.ts";
import type { RegoResult } from "./run-tests.ts";

function here(name: string, line: number, kind: "passed" | "skipped", caseName = ""): RegoResult {
  const own = { name, file: "a_test.rego", line, column: 1, entrypoint: "a", isSkipped: false };
  const position = { file: "policies/a_test.rego", line, column: 1 };
  const outcome = kind === "passed" ? { kind } : { kind, reason: "todo" };
  return {
    kind: "rego",
    name: `${name}${caseName}`,
    position,
    seconds: 0,
    printed: [],
    outcome,
    test: own,
  };
}

function opa(line: number, kind: OpaResult["kind"], caseName = ""): OpaResult {
  return { file: "a_test.rego", line, caseName, kind };
}

test("the same results differ in nothing", () => {
  const own = [here("a: test_x", 1, "passed"), here("a: test_t", 2, "passed", "[one]")];
  expect(differencesFrom([opa(2, "passed", "[one]"), opa(1, "passed")], own, "policies")).toEqual([]);
});

test("another outcome, a test that OPA lacks and a case that is missing here are told", () => {
  const own = [
    here("a: test_x", 1, "passed"),
    here("a: test_t", 2, "passed", "[one]"),
    here("a: test_z", 3, "skipped"),
  ];
  const theirs = [opa(1, "failed"), opa(2, "passed", "[one]"), opa(2, "failed", "[two]")];
  expect(
    differencesFrom(theirs, own, "policies").map(({ name, here: ours, opa: other }) => [name, ours, other]),
  ).toEqual([
    ["a: test_x", "passed", "failed"],
    ["a: test_z", "skipped", "absent"],
    ["a: test_t[two]", "absent", "failed"],
  ]);
});

test("tests that were not wanted here are no difference", () => {
  expect(differencesFrom([opa(9, "failed")], [here("a: test_x", 1, "passed")], "policies")).toHaveLength(1);
});
