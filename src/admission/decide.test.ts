import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  OUTCOME,
  REVISION,
  sampleDecision,
  sampleFinding,
  sampleRequest,
  violationOutcome,
} from "../../test/samples.ts";
import { RegoNumber, RegoSet } from "../engine/value.ts";
import { PortcullisError } from "../error.ts";
import { ENFORCEMENTS, SEVERITIES } from "../policy/rule.ts";
import { decide } from "./decide.ts";
import type { Finding, Outcome } from "./outcome.ts";
import { UNMUTATED, type Mutated } from "./patch/mutate.ts";

const ERROR = new PortcullisError("EVALUATION_FAILED", { message: "it failed", remedy: "mend it" });

const PASS: Outcome = { ...OUTCOME, kind: "pass" };
const FAIL: Outcome = { ...OUTCOME, kind: "error", error: ERROR };
const IGNORE: Outcome = { ...FAIL, failurePolicy: "Ignore" };
const WARN_FAIL: Outcome = { ...FAIL, enforcement: "warn" };
const AUDIT_FAIL: Outcome = { ...FAIL, enforcement: "audit" };
const DENIED = violationOutcome(sampleFinding());
const WARNED = violationOutcome(sampleFinding({ enforcement: "warn", message: "w" }));
const EXISTING: Outcome = {
  ...OUTCOME,
  kind: "existing",
  findings: [sampleFinding({ enforcement: "warn", existing: true })],
};
const AUDITED = violationOutcome(sampleFinding({ enforcement: "audit", message: "a" }));

describe("a violation under `deny` goes before an error that blocks, and that before `allow`", () => {
  test.each<[string, readonly Outcome[], string]>([
    ["nothing that matches", [], "allow"],
    ["only passes", [PASS, PASS], "allow"],
    ["findings under warn and audit", [WARNED, AUDITED], "allow"],
    ["errors under Ignore", [PASS, IGNORE], "allow"],
    ["errors of what would only warn or record", [WARN_FAIL, AUDIT_FAIL], "allow"],
    ["only violations that exist already", [PASS, EXISTING], "allow"],
    ["a violation beside those that exist already", [EXISTING, DENIED], "deny"],
    ["an error under Fail", [PASS, FAIL, WARNED], "error"],
    ["an error under Fail beside violations that exist already", [EXISTING, FAIL], "error"],
    ["an error under Fail beside others", [IGNORE, FAIL, AUDIT_FAIL], "error"],
    ["a violation", [PASS, DENIED, WARNED], "deny"],
    ["a violation beside errors", [FAIL, DENIED, IGNORE], "deny"],
  ])("%s", (_name, outcomes, kind) => {
    expect(sampleDecision(outcomes).kind).toBe(kind);
  });
});

test("a decision says whom it is for and what decided, and never holds an object", () => {
  const request = sampleRequest({ dryRun: true });
  const exclusion = { kind: "user", user: "alice" } as const;
  const decision = decide({
    request,
    stage: "validate",
    revision: REVISION,
    exclusion,
    mutated: UNMUTATED,
    outcomes: [PASS],
  });
  const { texts: _texts, object: _object, oldObject: _oldObject, ...identity } = request;
  expect(decision).toEqual({
    kind: "allow",
    stage: "validate",
    request: identity,
    revision: REVISION,
    exclusion,
    outcomes: [PASS],
    findings: [],
    errors: [],
    mutations: [],
    patch: [],
    unpatchable: undefined,
  });
});

/** The findings of a decision over outcomes that have one each. */
function distinct(...findings: readonly Finding[]): readonly Finding[] {
  return sampleDecision(findings.map((finding) => violationOutcome(finding))).findings;
}

describe("identical findings", () => {
  test("are told once, with the strongest enforcement", () => {
    const [audit, warn, deny] = (["audit", "warn", "deny"] as const).map((enforcement) =>
      sampleFinding({ enforcement }),
    );
    if (audit === undefined || warn === undefined || deny === undefined) throw new Error("there are three");
    expect(distinct(audit, deny, warn)).toEqual([deny]);
    expect(distinct(audit, warn)).toEqual([warn]);
  });

  test("are told as an existing violation, if one binding would deny a new one", () => {
    const warned = sampleFinding({ enforcement: "warn" });
    const existing = sampleFinding({ enforcement: "warn", existing: true });
    for (const both of [
      [warned, existing],
      [existing, warned],
    ] as const) {
      expect(distinct(...both)).toEqual([existing]);
    }
    expect(distinct(existing, sampleFinding())).toEqual([sampleFinding()]);
  });

  test.each<[string, Partial<Finding>]>([
    ["policy", { policy: "a/other" }],
    ["message", { message: "other" }],
    ["field", { field: "spec" }],
    ["details", { details: new RegoNumber("1") }],
  ])("are not those that differ in %s", (_name, difference) => {
    expect(distinct(sampleFinding(), sampleFinding(difference))).toHaveLength(2);
  });

  test("may hold numbers beyond 2^53 and sets in their details", () => {
    const [one, other] = ["12345678901234567890", "12345678901234567891"].map((digits) =>
      sampleFinding({ details: new RegoSet([new RegoNumber(digits)]) }),
    );
    if (one === undefined || other === undefined) throw new Error("there are two");
    expect(distinct(one, other, { ...one })).toHaveLength(2);
  });
});

test("findings are ordered by enforcement, severity, policy, field as a person counts, message", () => {
  const ordered = [
    sampleFinding({ severity: "critical", policy: "z/z" }),
    sampleFinding({ policy: "a/a" }),
    sampleFinding({ policy: "a/b", message: "z" }),
    sampleFinding({ policy: "a/b", field: "spec.containers[2].image" }),
    sampleFinding({ policy: "a/b", field: "spec.containers[10].env" }),
    sampleFinding({ policy: "a/b", field: "spec.containers[10].image", message: "a" }),
    sampleFinding({ policy: "a/b", field: "spec.containers[10].image", message: "b" }),
    sampleFinding({ policy: "a/b", field: "spec.containers[10].image.x", message: "a" }),
    sampleFinding({ enforcement: "warn", severity: "critical" }),
    sampleFinding({ enforcement: "audit", severity: "critical", message: "a" }),
  ];
  const decision = sampleDecision(ordered.toReversed().map((finding) => violationOutcome(finding)));
  expect(decision.findings).toEqual(ordered);
});

describe("policy errors", () => {
  test("are told once, as blocking if one of them blocks, by policy", () => {
    const other: Outcome = { ...IGNORE, policy: "a/a" };
    expect(sampleDecision([IGNORE, FAIL, IGNORE, other]).errors).toEqual([
      { policy: "a/a", error: ERROR, blocks: false },
      { policy: OUTCOME.policy, error: ERROR, blocks: true },
    ]);
  });

  test("of different causes are told apart", () => {
    const error = new PortcullisError("EVALUATION_MEMORY", { message: "another", remedy: "mend it" });
    expect(
      sampleDecision([FAIL, { ...FAIL, kind: "error", error }]).errors.map((each) => each.error.message),
    ).toEqual(["another", "it failed"]);
  });
});

test("what people read does not depend on the order of the outcomes or of their findings", () => {
  // Fields that are hard to order: indices, keys that look like them, texts that are no path at all.
  const field = fc.constantFrom(
    undefined,
    "",
    "a",
    "[9]",
    "[10]",
    '["1z"]',
    '["9"]',
    "a.b",
    'a["b"]',
    "a..",
    "b..",
  );
  const finding: fc.Arbitrary<Finding> = fc.record({
    policy: fc.constantFrom("a/a", "a/b"),
    rule: fc.constantFrom("deny", "violation"),
    enforcement: fc.constantFrom(...ENFORCEMENTS),
    severity: fc.constantFrom(...SEVERITIES.slice(0, 2)),
    message: fc.constantFrom("m", "n"),
    field,
    details: fc.constantFrom(undefined, "d"),
    remediation: fc.constantFrom(undefined, "r"),
  });
  const outcome: fc.Arbitrary<Outcome> = fc.oneof(
    fc
      .array(finding, { minLength: 1, maxLength: 8 })
      .map((findings) => ({ ...OUTCOME, kind: "violation" as const, findings })),
    fc.constantFrom(PASS, FAIL, IGNORE, WARN_FAIL),
  );
  const shuffledTwice = fc.array(outcome, { maxLength: 8 }).chain((outcomes) => {
    const reversed = outcomes.map((each) =>
      each.kind === "violation" ? { ...each, findings: each.findings.toReversed() } : each,
    );
    const all = { minLength: outcomes.length, maxLength: outcomes.length };
    return fc.tuple(fc.constant(outcomes), fc.shuffledSubarray(reversed, all));
  });
  fc.assert(
    fc.property(shuffledTwice, ([one, other]) => {
      const [left, right] = [sampleDecision(one), sampleDecision(other)];
      expect({ ...right, outcomes: [] }).toEqual({ ...left, outcomes: [] });
    }),
    { numRuns: 2_000 },
  );
});

/** A decision over what patch rules and others came to. */
const judged = (mutated: Partial<Mutated>, outcomes: readonly Outcome[] = []) =>
  decide({
    request: sampleRequest(),
    stage: "both",
    revision: REVISION,
    exclusion: undefined,
    mutated: { ...UNMUTATED, ...mutated },
    outcomes,
  });

describe("what patch rules came to", () => {
  const mutation = { policy: "a/m", binding: undefined, seconds: 0 };
  const failed = (blocks: boolean) => ({ ...mutation, kind: "error", error: ERROR, blocks }) as const;

  test.each<[string, Mutated["mutations"], readonly Outcome[], string]>([
    ["an error that does not block", [failed(false)], [PASS], "allow"],
    ["an error that blocks", [failed(true), { ...mutation, kind: "patched" }], [PASS], "error"],
    ["an error that blocks beside a violation", [failed(true)], [DENIED], "deny"],
    [
      "patches that were held or only recorded",
      [
        { ...mutation, kind: "held" },
        { ...mutation, kind: "audited" },
      ],
      [],
      "allow",
    ],
  ])("%s", (_name, mutations, outcomes, kind) => {
    expect(judged({ mutations }, outcomes)).toMatchObject({ kind, mutations });
  });

  test("is told with the errors of other rules, once, as blocking if one blocks", () => {
    const outcome: Outcome = { ...IGNORE, policy: "a/m" };
    expect(judged({ mutations: [failed(false), failed(true)] }, [outcome]).errors).toEqual([
      { policy: "a/m", error: ERROR, blocks: true },
    ]);
  });

  test("is in the decision: the patch, or why nothing was patched", () => {
    const patch = [{ op: "remove", path: "/a" }] as const;
    expect(judged({ patch, text: "{}" })).toMatchObject({ patch, unpatchable: undefined });
    expect(judged({ patch, text: "{}" })).not.toHaveProperty("text");
    expect(judged({ unpatchable: "mirror-pod" })).toMatchObject({ patch: [], unpatchable: "mirror-pod" });
  });
});
