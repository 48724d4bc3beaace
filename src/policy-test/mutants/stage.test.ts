import { describe, expect, test } from "@jest/globals";
import type { Run } from "./opa-process.ts";
import { readTests, type RegoTest } from "./rego-test.ts";
import { queryOf, verdictOf } from "./stage.ts";

function said(output: unknown, code = 0): Run {
  return { kind: "ended", code, stdout: JSON.stringify(output), stderr: "" };
}

const PLAIN: RegoTest = {
  file: "p_test.rego",
  ref: "data.p_test.test_plain",
  repeated: false,
  milliseconds: 1,
  cases: undefined,
  ownCases: false,
  failed: false,
};
const TABLE: RegoTest = { ...PLAIN, ref: "data.p_test.test_table", cases: { a: {}, b: { c: {} } } };
const STAGE = { tests: [PLAIN, TABLE], files: ["p_test.rego"] };

function bound(value: unknown): Run {
  return said({ result: [{ expressions: [], bindings: { t1: value } }] });
}

test("one query asks every test in turn and gets the cases of tables", () => {
  expect(queryOf(STAGE)).toBe("data.p_test.test_plain == true; t1 = data.p_test.test_table");
});

describe("a mutant", () => {
  test("passes if every test is true and every case is there", () => {
    expect(verdictOf(STAGE, bound({ a: true, b: { c: true } }))).toEqual({ kind: "passed" });
    expect(verdictOf({ ...STAGE, tests: [PLAIN] }, said({ result: [{ expressions: [] }] }))).toEqual({
      kind: "passed",
    });
  });

  test("fails if a test is not true", () => {
    expect(verdictOf(STAGE, said({}))).toEqual({ kind: "failed" });
  });

  test("fails if a test ends in an error", () => {
    const errors = [{ message: "conflict", code: "eval_conflict_error" }];
    expect(verdictOf(STAGE, said({ errors }, 2))).toEqual({ kind: "failed" });
  });

  test.each([
    ["does not compile", [{ message: "var x is unsafe", code: "rego_unsafe_var_error" }]],
    ["cannot be parsed", [{ message: "loading error: rego_parse_error" }]],
  ])("is invalid if it %s", (_, errors) => {
    expect(verdictOf(STAGE, said({ errors }, 2))).toEqual({ kind: "invalid" });
  });

  test("fails if OPA itself breaks on it", () => {
    expect(verdictOf(STAGE, { kind: "ended", code: 2, stdout: "panic", stderr: "" })).toEqual({
      kind: "failed",
    });
  });

  test.each([{ a: true }, { a: true, b: { c: false } }, { a: false, b: { c: true } }, {}])(
    "is in doubt if a case is missing or false that may never have begun: %j",
    (cases) => {
      expect(verdictOf(STAGE, bound(cases))).toEqual({ kind: "unsure", refs: [TABLE.ref] });
    },
  );

  test("fails if such a case is there whatever the policies say", () => {
    const stage = { ...STAGE, tests: [PLAIN, { ...TABLE, ownCases: true }] };
    expect(verdictOf(stage, bound({ a: true }))).toEqual({ kind: "failed" });
  });
});

test("several rules of one name are asked one by one", () => {
  const stage = { ...STAGE, tests: [PLAIN, { ...PLAIN, ref: "data.p_test.test_again", repeated: true }] };
  expect(queryOf(stage)).toBe("data.p_test.test_plain == true");
  expect(verdictOf(stage, said({ result: [{}] }))).toEqual({
    kind: "unsure",
    refs: ["data.p_test.test_again"],
  });
  expect(queryOf({ ...stage, tests: stage.tests.slice(1) })).toBe("true");
});

describe("what OPA says of the tests", () => {
  const location = { file: "p_test.rego", row: 1, col: 1 };
  const common = { location, package: "data.p_test", duration: 2_000_000 };

  test("is read with cases, failures and times", () => {
    const results = [
      { ...common, name: "test_plain" },
      {
        ...common,
        name: "test_table",
        sub_results: { a: { name: "a" }, b: { name: "b", sub_results: { c: {} } } },
      },
      { ...common, name: "test_false", fail: true },
      { ...common, name: "test_broken", error: { code: "eval_conflict_error" } },
      { ...common, name: "todo_test_later", skip: true },
      { ...common, name: "test_again" },
      { ...common, name: "test_again#01", fail: true },
    ];
    const read = readTests(said(results, 2), () => new Set(["test_table"]));
    expect(read).toEqual([
      { ...PLAIN, milliseconds: 2 },
      { ...TABLE, milliseconds: 2, ownCases: true },
      { ...PLAIN, ref: "data.p_test.test_false", milliseconds: 2, failed: true },
      { ...PLAIN, ref: "data.p_test.test_broken", milliseconds: 2, failed: true },
      { ...PLAIN, ref: "data.p_test.test_again", milliseconds: 4, repeated: true, failed: true },
    ]);
  });

  test("is nothing where there are no tests", () => {
    expect(readTests({ kind: "ended", code: 0, stdout: "null\n", stderr: "" }, () => new Set())).toEqual([]);
  });

  test.each<Run>([
    { kind: "timeout" },
    { kind: "ended", code: 1, stdout: "", stderr: "1 error occurred: rego_type_error" },
  ])("is an error of OPA if it is something else: %j", (run) => {
    expect(() => readTests(run, () => new Set())).toThrow("OPA could not run the tests: ");
  });
});
