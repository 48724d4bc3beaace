import { expect, test } from "@jest/globals";
import type { Exclusion } from "./exclusions.ts";
import type { Outcome } from "./outcome.ts";
import type { TestCase } from "./test-case.ts";
import { judge } from "./verdict.ts";

const CASE: TestCase = {
  id: "v1 a",
  dialect: "v1",
  folder: "a",
  query: "data.a",
  modules: [],
  data: "{}",
  input: undefined,
  want: { kind: "undefined" },
};

const EXCLUSION: Exclusion = {
  class: "io",
  reason: "It asks the network.",
  builtins: ["http.send"],
  cases: ["v1 a"],
  reproduction: undefined,
};
const BY_BUILTIN: Exclusion = { ...EXCLUSION, cases: [] };

function notBuilt(missing: readonly string[]): Outcome {
  return { kind: "not built", missing, why: "undefined function" };
}

test("a case that passes is passed", () => {
  expect(judge(CASE, { kind: "passed" }, [BY_BUILTIN])).toEqual({ kind: "passed" });
});

test("a case that passes although it is excluded fails", () => {
  expect(judge(CASE, { kind: "passed" }, [EXCLUSION])).toEqual({
    kind: "failed",
    why: "passes: remove its exclusion",
  });
});

test("a case that fails is excluded only by its name", () => {
  const outcome = { kind: "failed", why: "expected 1" } as const;
  expect(judge(CASE, outcome, [EXCLUSION])).toEqual({ kind: "excluded", exclusion: EXCLUSION });
  expect(judge(CASE, outcome, [BY_BUILTIN])).toEqual({ kind: "failed", why: "expected 1" });
});

test("a case that needs a missing builtin is excluded by it, or not yet there", () => {
  expect(judge(CASE, notBuilt(["trace", "http.send"]), [BY_BUILTIN])).toEqual({
    kind: "excluded",
    exclusion: BY_BUILTIN,
  });
  expect(judge(CASE, notBuilt(["trace"]), [BY_BUILTIN])).toEqual({ kind: "not yet", builtins: ["trace"] });
});

test("a case that does not build for any other reason fails", () => {
  const outcome = { kind: "not built", missing: [], why: "var x is unsafe" } as const;
  expect(judge(CASE, outcome, [])).toEqual({ kind: "failed", why: "var x is unsafe" });
});
