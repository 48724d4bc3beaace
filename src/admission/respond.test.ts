import { describe, expect, test } from "@jest/globals";
import { OUTCOME, REVISION, sampleDecision, sampleFinding, violationOutcome } from "../../test/samples.ts";
import { parseValue } from "../engine/parse.ts";
import { PortcullisError } from "../error.ts";
import type { Decision } from "./decision.ts";
import type { Outcome } from "./outcome.ts";
import { encodeReview, respond } from "./respond.ts";

function failure(message: string, overrides: Partial<Outcome> = {}): Outcome {
  const error = new PortcullisError("EVALUATION_FAILED", { message, remedy: "mend it" });
  return { ...OUTCOME, ...overrides, kind: "error", error };
}

const finding = (index: number) =>
  sampleFinding({ field: `spec.containers[${index}].image`, message: `no ${index}` });
const many = (count: number) => Array.from({ length: count }, (_, index) => finding(index));
const ANNOTATIONS = { "bundle-revision": REVISION, "decision-id": "u-1" };

describe("the answer", () => {
  test("to an object without findings is a bare allow", () => {
    expect(respond(sampleDecision([{ ...OUTCOME, kind: "pass" }]))).toEqual({
      uid: "u-1",
      allowed: true,
      auditAnnotations: ANNOTATIONS,
    });
  });

  test("to findings under warn and audit allows; only those under warn are warnings", () => {
    const warned = violationOutcome(sampleFinding({ enforcement: "warn", message: "use a tag" }));
    const audited = violationOutcome(sampleFinding({ enforcement: "audit", message: "noted" }));
    expect(respond(sampleDecision([warned, audited]))).toEqual({
      uid: "u-1",
      allowed: true,
      warnings: ["pod-security/privileged: use a tag"],
      auditAnnotations: ANNOTATIONS,
    });
  });

  test("to a violation under deny is 403 Forbidden with a cause for each violation", () => {
    const withoutField = sampleFinding({ policy: "a/b", message: "no field" });
    const warned = violationOutcome(sampleFinding({ enforcement: "warn", message: "use a tag" }));
    expect(respond(sampleDecision([violationOutcome(finding(1), withoutField), warned]))).toEqual({
      uid: "u-1",
      allowed: false,
      status: {
        code: 403,
        reason: "Forbidden",
        message: "a/b: no field\npod-security/privileged: no 1",
        details: {
          causes: [
            { reason: "a/b", message: "no field" },
            { reason: "pod-security/privileged", message: "no 1", field: "spec.containers[1].image" },
          ],
        },
      },
      warnings: ["pod-security/privileged: use a tag"],
      auditAnnotations: { ...ANNOTATIONS, "denied-by": "a/b,pod-security/privileged" },
    });
  });

  test("to an update tells existing violations as warnings, and those that are new as the reason", () => {
    const existing = sampleFinding({ enforcement: "warn", existing: true, message: "old" });
    expect(respond(sampleDecision([violationOutcome(existing, finding(1))]))).toMatchObject({
      allowed: false,
      status: { message: "pod-security/privileged: no 1", details: { causes: [{ message: "no 1" }] } },
      warnings: ["pod-security/privileged (existing violation): old"],
    });
    expect(respond(sampleDecision([violationOutcome(existing)]))).toEqual({
      uid: "u-1",
      allowed: true,
      warnings: ["pod-security/privileged (existing violation): old"],
      auditAnnotations: ANNOTATIONS,
    });
  });

  test("to a violation beside errors appends every error", () => {
    const outcomes = [failure("out of memory", { failurePolicy: "Ignore" }), violationOutcome(finding(0))];
    expect(respond(sampleDecision(outcomes)).status).toMatchObject({
      code: 403,
      message: "pod-security/privileged: no 0\npod-security/privileged could not be evaluated: out of memory",
    });
  });

  test("to a policy error that blocks is 500 InternalError and names policy and cause", () => {
    const outcomes = [
      failure("out of memory"),
      failure("not this", { policy: "a/b", failurePolicy: "Ignore" }),
    ];
    const response = respond(sampleDecision(outcomes));
    expect(response).toMatchObject({
      allowed: false,
      status: {
        code: 500,
        reason: "InternalError",
        message: "pod-security/privileged could not be evaluated: out of memory",
      },
      auditAnnotations: ANNOTATIONS,
    });
    expect(response.auditAnnotations).not.toHaveProperty("denied-by");
  });

  test("to policy errors that do not block allows and says nothing of them", () => {
    expect(respond(sampleDecision([failure("out of memory", { failurePolicy: "Ignore" })]))).toEqual({
      uid: "u-1",
      allowed: true,
      auditAnnotations: ANNOTATIONS,
    });
  });
});

describe("a message", () => {
  test.each([
    [32, undefined],
    [33, "and 1 more"],
    [40, "and 8 more"],
  ])("of %d violations lists 32 at most", (count, last) => {
    const { status } = respond(sampleDecision([violationOutcome(...many(count))]));
    const lines = (status?.message ?? "").split("\n");
    expect(lines.filter((line) => line.startsWith("pod-security/privileged: "))).toHaveLength(32);
    expect(lines[32]).toBe(last);
    expect(status?.details?.causes).toHaveLength(32);
    expect(status?.details?.causes[31]?.message).toBe("no 31");
  });

  test("lists 32 errors at most", () => {
    const errors = Array.from({ length: 34 }, (_, index) => failure("it failed", { policy: `a/p${index}` }));
    const lines = (respond(sampleDecision(errors)).status?.message ?? "").split("\n");
    expect(lines).toHaveLength(33);
    expect(lines[32]).toBe("and 2 more");
  });

  test("holds 1,024 characters of one violation and says that there was more", () => {
    const { status } = respond(
      sampleDecision([violationOutcome(sampleFinding({ message: "x".repeat(5_000) }))]),
    );
    expect(status?.message).toBe(`pod-security/privileged: ${"x".repeat(1_024)}…`);
    expect(status?.details?.causes[0]?.message).toBe(`${"x".repeat(1_024)}…`);
    const whole = respond(sampleDecision([violationOutcome(sampleFinding({ message: "x".repeat(1_024) }))]));
    expect(whole.status?.message).not.toContain("…");
  });

  test("cut in the middle of an emoji is still Unicode", () => {
    const message = `${"x".repeat(1_023)}😀😀`;
    const { status } = respond(sampleDecision([violationOutcome(sampleFinding({ message }))]));
    expect(status?.message.isWellFormed()).toBe(true);
  });

  test("is the same for the same decision but another uid, so that Events aggregate", () => {
    const decision = sampleDecision([violationOutcome(...many(3)), failure("it failed")]);
    const again = { ...decision, request: { ...decision.request, uid: "u-2" } };
    expect(respond(again).status).toEqual(respond(decision).status);
    expect(respond(again).uid).toBe("u-2");
  });
});

test("audit annotations have keys that the API server keeps", () => {
  const { auditAnnotations } = respond(sampleDecision([violationOutcome(finding(0))]));
  expect(Object.keys(auditAnnotations)).toHaveLength(3);
  for (const key of Object.keys(auditAnnotations)) {
    expect(key).toMatch(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/);
  }
});

test("the review to send is admission.k8s.io/v1 and never holds a patch", () => {
  const response = respond(sampleDecision([violationOutcome(finding(0))]));
  expect(JSON.parse(encodeReview(response))).toEqual({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response,
  });
  expect(Object.keys(response)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^patch/)]));
});

describe("a patch", () => {
  const value = parseValue('{"__proto__":12345678901234567890,"text":"caf\u00e9 \ud83d\ude00 \u2028"}');
  const patch = [{ op: "add", path: "/metadata/labels/\u00e4", value }] as const;
  const mutated = { ...sampleDecision([]), stage: "mutate", patch } as const;

  test("leaves as base64 of its JSON, with its type, and every character and digit", () => {
    const response = respond(mutated);
    expect(response).toEqual({
      uid: "u-1",
      allowed: true,
      patchType: "JSONPatch",
      patch: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      auditAnnotations: { "bundle-revision": REVISION },
    });
    const text = Buffer.from(response.patch ?? "", "base64").toString("utf8");
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    expect(parseValue(text)).toEqual(parseValue(JSON.stringify(patch)));
  });

  test("that is empty does not leave, nor does its type", () => {
    const response = respond({ ...mutated, patch: [] });
    expect(response).toEqual({
      uid: "u-1",
      allowed: true,
      auditAnnotations: { "bundle-revision": REVISION },
    });
  });

  test.each<[string, Partial<Decision>]>([
    ["in stage validate", { stage: "validate" }],
    ["in stage both", { stage: "both" }],
    ["with an error", { kind: "error" }],
    ["with a denial", { kind: "deny" }],
  ])("never leaves %s", (_name, overrides) => {
    const response = respond({ ...mutated, ...overrides });
    expect(Object.keys(response)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^patch/)]));
  });

  test("has audit annotations that are the same when the webhook is called again", () => {
    const again = { ...mutated, patch: [], request: { ...mutated.request, uid: "u-2" } };
    expect(respond(again).auditAnnotations).toEqual(respond(mutated).auditAnnotations);
  });
});
