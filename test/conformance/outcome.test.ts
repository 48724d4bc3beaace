import { expect, test } from "@jest/globals";
import type { EvaluationResult } from "../../src/engine/engine.ts";
import { parseValue } from "../../src/engine/parse.ts";
import { PortcullisError } from "../../src/error.ts";
import { outcomeOf } from "./outcome.ts";
import type { Expectation } from "./test-case.ts";

function answers(rego: string): EvaluationResult {
  return { kind: "value", value: parseValue(rego), seconds: 0 };
}

function policyError(message: string): EvaluationResult {
  return {
    kind: "error",
    error: new PortcullisError("EVALUATION_FAILED", { message, remedy: "" }),
    seconds: 0,
  };
}

function wantRows(rows: string, isSorted = false): Expectation {
  return { kind: "result", rows, variables: ["x"], isSorted };
}

test.each<[name: string, want: Expectation, got: EvaluationResult]>([
  ["the same answer", wantRows('[{"x": [1, "a"]}]'), answers('{{"x": [1, "a"]}}')],
  ["answers in any order", wantRows('[{"x": 2}, {"x": 1}]'), answers('{{"x": 1}, {"x": 2}}')],
  ["a set, as a sorted array", wantRows('[{"x": [1, 2]}]'), answers('{{"x": {2, 1}}}')],
  ["a key that is no string, as its text", wantRows('[{"x": {"[1]": 2}}]'), answers('{{"x": {[1]: 2}}}')],
  ["an array whose order says nothing", wantRows('[{"x": [2, 1]}]', true), answers('{{"x": [1, 2]}}')],
  ["a number written in another way", wantRows('[{"x": 1000}]'), answers('{{"x": 1e3}}')],
  ["no answer", wantRows("[]"), answers("set()")],
  ["no answer in place of a builtin's error", { kind: "undefined" }, answers("set()")],
  [
    "a conflict",
    { kind: "error", code: "eval_conflict_error" },
    policyError("p.rego:1:1: object insert conflict"),
  ],
])("passes: %s", (_, want, got) => {
  expect(outcomeOf(want, got)).toEqual({ kind: "passed" });
});

test.each<[name: string, want: Expectation, got: EvaluationResult, why: string]>([
  ["another answer", wantRows('[{"x": 1}]'), answers('{{"x": 2}}'), 'expected {{"x": 1}}, got {{"x": 2}}'],
  ["one answer too many", wantRows("[]"), answers("{{}}"), "expected set(), got {{}}"],
  ["an array in another order", wantRows('[{"x": [2, 1]}]'), answers('{{"x": [1, 2]}}'), "expected"],
  ["other digits", wantRows('[{"x": 9007199254740993}]'), answers('{{"x": 9007199254740992}}'), "expected"],
  ["an answer instead of a builtin's error", { kind: "undefined" }, answers("{{}}"), "expected set()"],
  ["an error instead of an answer", wantRows("[]"), policyError("stack"), "got the error: stack"],
  [
    "an answer instead of a conflict",
    { kind: "error", code: "eval_conflict_error" },
    answers("{{}}"),
    "expected eval_conflict_error, got {{}}",
  ],
  [
    "another error",
    { kind: "error", code: "eval_conflict_error" },
    policyError("stack"),
    "expected eval_conflict_error, got the error: stack",
  ],
])("fails: %s", (_, want, got, why) => {
  expect(outcomeOf(want, got)).toEqual({ kind: "failed", why: expect.stringContaining(why) });
});
