import { describe, expect, test } from "@jest/globals";
import { CALL, fixedEngine, samplePolicy, sampleRequest, sampleSnapshot } from "../../test/samples.ts";
import type { EvaluationNotes, EvaluationResult } from "../engine/engine.ts";
import { RegoSet } from "../engine/value.ts";
import { admit } from "./admit.ts";
import { respond } from "./respond.ts";

const POLICIES = [
  samplePolicy("shop/owner", { entrypoints: { deny: "shop/owner/deny", warn: "shop/owner/warn" } }),
];

function noting(notes: Partial<EvaluationNotes>): EvaluationResult {
  const none = { builtinErrors: [], moreBuiltinErrors: 0, printed: [] };
  return { kind: "value", value: new RegoSet([]), seconds: 0, notes: { ...none, ...notes } };
}

function decided(results: Readonly<Record<string, EvaluationResult>>) {
  const snapshot = sampleSnapshot({ policies: POLICIES });
  return admit(sampleRequest(), "validate", { snapshot, engine: fixedEngine(results) }, CALL);
}

const FAILED = { builtin: "units.parse", message: "units.parse: no result", count: 2 };

function many(from: number): EvaluationResult {
  return noting({
    builtinErrors: Array.from({ length: 15 }, (_, index) => ({ ...FAILED, message: `m${from + index}` })),
  });
}

describe("what evaluations tell", () => {
  test("is in the decision with policy and rule, and not in the answer", () => {
    const decision = decided({
      "shop/owner/deny": noting({ builtinErrors: [FAILED], printed: ["one", "two"] }),
      "shop/owner/warn": noting({ moreBuiltinErrors: 3 }),
    });
    const where = { policy: "shop/owner", rule: "deny" };
    expect(decision.notes).toEqual({
      builtinErrors: [{ ...where, ...FAILED }],
      moreBuiltinErrors: 3,
      printed: [
        { ...where, text: "one" },
        { ...where, text: "two" },
      ],
    });
    expect(decision.kind).toBe("allow");
    expect(JSON.stringify(respond(decision))).not.toMatch(/units\.parse|one/);
  });

  test("is no member of a decision if it is nothing", () => {
    expect("notes" in decided({})).toBe(false);
  });

  test("is bounded over all rules", () => {
    const { notes } = decided({ "shop/owner/deny": many(0), "shop/owner/warn": many(20) });
    expect(notes?.builtinErrors).toHaveLength(20);
    expect(notes?.moreBuiltinErrors).toBe(10);
  });
});
