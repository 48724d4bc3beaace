import { describe, expect, test } from "@jest/globals";
import {
  CALL,
  fixedEngine,
  sampleBinding,
  sampleBound,
  samplePolicy,
  valueResult,
} from "../../test/samples.ts";
import type { EvaluationResult, InputDocument } from "../engine/engine.ts";
import { RegoObject, RegoSet } from "../engine/value.ts";
import { PortcullisError } from "../error.ts";
import type { BoundPolicy } from "./bound-policy.ts";
import { evaluate } from "./evaluate.ts";
import type { Outcome } from "./outcome.ts";

const ERROR = new PortcullisError("EVALUATION_FAILED", { message: "it failed", remedy: "mend it" });
const FAILED: EvaluationResult = { kind: "error", error: ERROR, seconds: 2 };
const INPUT: InputDocument = { text: "{}", members: [], shared: true };
const ENTRYPOINTS = { deny: "p/deny", violation: "p/violation", warn: "p/warn" };

const POLICY = samplePolicy("a/p", {
  entrypoints: ENTRYPOINTS,
  metadata: { severity: "high", remediation: "do it" },
});

function outcomes(results: Readonly<Record<string, EvaluationResult>>, ...bounds: readonly BoundPolicy[]) {
  const session = fixedEngine(results).open(CALL);
  return evaluate(
    bounds.map((bound) => ({ bound, match: { kind: "match" } })),
    { input: () => INPUT, session, old: undefined },
  );
}

function found(...texts: readonly string[]): EvaluationResult {
  return { kind: "value", value: new RegoSet(texts), seconds: 1 };
}

function messages(outcome: Outcome | undefined): readonly string[] {
  return outcome?.kind === "violation" ? outcome.findings.map(({ message }) => message) : [];
}

describe("one policy", () => {
  test("has an outcome for each enforcement of its rules: `warn` always warns", () => {
    const results = { "p/deny": found("d"), "p/violation": found("v"), "p/warn": found("w") };
    const [denied, warned, ...rest] = outcomes(results, sampleBound(POLICY));
    expect(rest).toEqual([]);
    expect(denied).toMatchObject({
      kind: "violation",
      policy: "a/p",
      enforcement: "deny",
      failurePolicy: "Fail",
      seconds: 2,
    });
    expect(messages(denied)).toEqual(["d", "v"]);
    expect(warned).toMatchObject({ kind: "violation", enforcement: "warn", seconds: 1 });
    expect(messages(warned)).toEqual(["w"]);
  });

  test("has one outcome if its binding warns too", () => {
    const results = { "p/deny": found("d"), "p/warn": found("w") };
    const bound = sampleBound(POLICY, sampleBinding("b", { policies: ["*"], enforcement: "warn" }));
    const [only, ...rest] = outcomes(results, bound);
    expect(rest).toEqual([]);
    expect(only).toMatchObject({ binding: "b", enforcement: "warn", failurePolicy: "Ignore", seconds: 2 });
    expect(messages(only)).toEqual(["d", "w"]);
  });

  test("passes if no rule finds anything", () => {
    const results = { "p/deny": found(), "p/warn": valueResult(undefined) };
    expect(
      outcomes(results, sampleBound(POLICY)).map(({ kind, enforcement }) => [kind, enforcement]),
    ).toEqual([
      ["pass", "deny"],
      ["pass", "warn"],
    ]);
  });

  test("has findings that carry what its METADATA says, unless the violation says otherwise", () => {
    const own = new RegoObject([
      ["field", "spec"],
      ["msg", "own"],
      ["remediation", "do that"],
    ]);
    const [outcome] = outcomes({ "p/deny": valueResult(new RegoSet(["plain", own])) }, sampleBound(POLICY));
    const common = { policy: "a/p", rule: "deny", enforcement: "deny", severity: "high", details: undefined };
    expect(outcome?.kind === "violation" ? outcome.findings : []).toEqual([
      { ...common, message: "plain", field: undefined, remediation: "do it" },
      { ...common, message: "own", field: "spec", remediation: "do that" },
    ]);
  });

  test("that cannot be evaluated is an error, not a violation", () => {
    const [outcome] = outcomes({ "p/deny": FAILED, "p/violation": found() }, sampleBound(POLICY));
    expect(outcome).toMatchObject({ kind: "error", error: ERROR, enforcement: "deny" });
  });

  test("whose rules all fail is one error, with the time that they took", () => {
    const [outcome, ...rest] = outcomes({ "p/deny": FAILED, "p/violation": FAILED }, sampleBound(POLICY));
    expect(outcome).toMatchObject({ kind: "error", enforcement: "deny", seconds: 4 });
    expect(rest.map(({ enforcement }) => enforcement)).toEqual(["warn"]);
  });

  test("whose rule has the wrong shape is an error that names the rule", () => {
    const [outcome] = outcomes({ "p/violation": valueResult(true) }, sampleBound(POLICY));
    expect(outcome).toMatchObject({
      kind: "error",
      error: { code: "RESULT_SHAPE", message: expect.stringContaining("violation of a/p") },
    });
  });

  test("that fails in one rule still tells what another found: an error cannot hide a violation", () => {
    const results = { "p/deny": found("d"), "p/violation": FAILED };
    const [violation, error, warning, ...rest] = outcomes(results, sampleBound(POLICY));
    expect(violation).toMatchObject({ kind: "violation", enforcement: "deny", seconds: 3 });
    expect(error).toMatchObject({ kind: "error", enforcement: "deny", seconds: 0 });
    expect(warning).toMatchObject({ kind: "pass", enforcement: "warn" });
    expect(rest).toEqual([]);
  });
});

test("policies have their outcomes in order, and one that fails does not stop the next", () => {
  const second = samplePolicy("a/q", { entrypoints: { deny: "q/deny" } });
  const first = samplePolicy("a/p", { entrypoints: { deny: "p/deny" } });
  const kinds = outcomes({ "p/deny": FAILED, "q/deny": found("x") }, sampleBound(first), sampleBound(second));
  expect(kinds.map(({ policy, kind }) => [policy, kind])).toEqual([
    ["a/p", "error"],
    ["a/q", "violation"],
  ]);
});

test("a policy of which it cannot be told whether it matches is an error and is not run", () => {
  const session = {
    evaluate: () => {
      throw new Error("must not be called");
    },
  };
  const bound = sampleBound(POLICY, sampleBinding("b", { policies: ["*"], failurePolicy: "Ignore" }));
  const result = evaluate([{ bound, match: { kind: "unknown", error: ERROR } }], {
    input: () => INPUT,
    session,
    old: undefined,
  });
  expect(result.every(({ seconds }) => seconds === 0)).toBe(true);
  expect(
    result.map(({ kind, enforcement, binding, failurePolicy }) => [
      kind,
      enforcement,
      binding,
      failurePolicy,
    ]),
  ).toEqual([
    ["error", "deny", "b", "Ignore"],
    ["error", "warn", "b", "Ignore"],
  ]);
});

test("each rule gets the input of the policy's contract and the binding's parameters", () => {
  const asked: unknown[] = [];
  const gatekeeper = samplePolicy("a/p", {
    entrypoints: { violation: "p/violation" },
    contract: "gatekeeper",
  });
  const bound = sampleBound(gatekeeper, sampleBinding("b", { policies: ["*"], parameters: { n: 1 } }));
  evaluate([{ bound, match: { kind: "match" } }], {
    input: (contract, parameters) => ({ ...INPUT, text: JSON.stringify([contract, parameters]) }),
    session: {
      evaluate: (entrypoint, input) => {
        asked.push([entrypoint, input.text]);
        return valueResult(undefined);
      },
    },
    old: undefined,
  });
  expect(asked).toEqual([["p/violation", JSON.stringify(["gatekeeper", '{"n":1}'])]]);
});

test("a fault of Portcullis itself is not made a policy error", () => {
  const session = {
    evaluate: () => {
      throw new TypeError("a fault");
    },
  };
  expect(() =>
    evaluate([{ bound: sampleBound(POLICY), match: { kind: "match" } }], {
      input: () => INPUT,
      session,
      old: undefined,
    }),
  ).toThrow(TypeError);
});

describe("an update", () => {
  const OLD_INPUT: InputDocument = { ...INPUT, text: '"old"' };
  const ENFORCED = samplePolicy("a/p", { entrypoints: ENTRYPOINTS });

  /** What a policy came to, if its rules give these results for the object and those for the old one; and what was run. */
  function updated(
    after: Readonly<Record<string, EvaluationResult>>,
    before: Readonly<Record<string, EvaluationResult>>,
    bound = sampleBound(ENFORCED),
  ) {
    const run: string[] = [];
    const nothing = valueResult(undefined);
    const result = evaluate([{ bound, match: { kind: "match" } }], {
      input: () => INPUT,
      session: {
        evaluate: (entrypoint, input) => {
          const isOld = input === OLD_INPUT;
          run.push(isOld ? `${entrypoint} on the old object` : entrypoint);
          return (isOld ? before : after)[entrypoint] ?? nothing;
        },
      },
      old: {
        input: () => OLD_INPUT,
        existing: (violations, older) =>
          new Set(violations.filter(({ message }) => older.some((each) => each.message === message))),
      },
    });
    return { result, run };
  }

  test("that adds no violation has an outcome of its own kind, whose findings are warnings", () => {
    const { result, run } = updated({ "p/deny": found("a") }, { "p/deny": found("a", "b") });
    expect(result).toMatchObject([
      {
        kind: "existing",
        enforcement: "deny",
        seconds: 2.001,
        findings: [{ message: "a", enforcement: "warn", existing: true }],
      },
      { kind: "pass", enforcement: "warn" },
    ]);
    expect(run).toEqual(["p/deny", "p/deny on the old object", "p/violation", "p/warn"]);
  });

  test("that adds one violation is violation, and tells the existing ones beside it", () => {
    const { result } = updated(
      { "p/deny": found("a", "b"), "p/violation": found("a") },
      { "p/deny": found("a") },
    );
    const [outcome] = result;
    expect(outcome?.kind).toBe("violation");
    const findings = outcome?.kind === "violation" ? outcome.findings : [];
    expect(
      findings.map(({ rule, message, enforcement, existing }) => [rule, message, enforcement, existing]),
    ).toEqual([
      ["deny", "a", "warn", true],
      ["deny", "b", "deny", undefined],
      ["violation", "a", "deny", undefined],
    ]);
  });

  test("that finds nothing, or only what warns, is evaluated once", () => {
    expect(updated({ "p/warn": found("a") }, {}).run).toEqual(["p/deny", "p/violation", "p/warn"]);
    const warning = sampleBound(ENFORCED, sampleBinding("b", { policies: ["*"], enforcement: "warn" }));
    expect(updated({ "p/deny": found("a") }, {}, warning).run).not.toContain("p/deny on the old object");
  });

  test("under a binding that denies for all violations is evaluated once", () => {
    const binding = sampleBinding("b", { policies: ["*"], updates: "all-violations" });
    const { result, run } = updated(
      { "p/deny": found("a") },
      { "p/deny": found("a") },
      sampleBound(ENFORCED, binding),
    );
    expect(result[0]).toMatchObject({ kind: "violation", findings: [{ enforcement: "deny" }] });
    expect(run).not.toContain("p/deny on the old object");
  });

  test("of whose old object nothing is known, because the rule fails there, has new violations and the error", () => {
    for (const failing of [FAILED, valueResult(new RegoSet(["a", null]))]) {
      const { result } = updated({ "p/deny": found("a") }, { "p/deny": failing });
      expect(result.map(({ kind }) => kind)).toEqual(["violation", "error", "pass"]);
      expect(result[0]).toMatchObject({ findings: [{ message: "a", enforcement: "deny" }] });
    }
  });

  test("on which a rule fails before and after has one error", () => {
    const half = valueResult(new RegoSet(["a", null]));
    const { result } = updated({ "p/deny": half }, { "p/deny": half });
    expect(result.map(({ kind }) => kind)).toEqual(["violation", "error", "pass"]);
  });
});
