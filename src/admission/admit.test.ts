import { describe, expect, test } from "@jest/globals";
import {
  CALL,
  documentValue,
  fixedEngine,
  REVISION,
  sampleBinding,
  samplePolicy,
  sampleRequest,
  sampleSnapshot,
  valueResult,
} from "../../test/samples.ts";
import type { Engine, EvaluationCall } from "../engine/engine.ts";
import { RegoSet } from "../engine/value.ts";
import { admit } from "./admit.ts";
import { namespaceData } from "./snapshot.ts";

const POLICIES = [
  samplePolicy("a/pods", { entrypoints: { deny: "pods/deny" } }),
  samplePolicy("a/services", {
    entrypoints: { deny: "services/deny" },
    metadata: { match: { resources: ["services"], operations: ["CREATE"] } },
  }),
];
const FOUND = valueResult(new RegoSet(["no"]));

/** An engine that remembers what it was asked. */
function recordingEngine() {
  const calls: EvaluationCall[] = [];
  const asked: { readonly entrypoint: string; readonly input: unknown }[] = [];
  const engine: Engine = {
    entrypoints: new Set(),
    open: (call) => {
      calls.push(call);
      return {
        evaluate: (entrypoint, input) => {
          asked.push({ entrypoint, input: documentValue(input) });
          return valueResult(undefined);
        },
      };
    },
  };
  return { engine, calls, asked };
}

describe("a request", () => {
  const snapshot = sampleSnapshot({ policies: POLICIES });

  test("is denied by a policy that matches and finds a violation", () => {
    const engine = fixedEngine({ "pods/deny": FOUND, "services/deny": FOUND });
    const decision = admit(sampleRequest(), "validate", { snapshot, engine }, CALL);
    expect(decision).toMatchObject({
      kind: "deny",
      stage: "validate",
      revision: REVISION,
      exclusion: undefined,
      findings: [{ policy: "a/pods", message: "no" }],
    });
    expect(decision.outcomes).toHaveLength(1);
  });

  test("is allowed if the policies that match find nothing", () => {
    const engine = fixedEngine({ "services/deny": FOUND });
    const decision = admit(sampleRequest(), "validate", { snapshot, engine }, CALL);
    expect(decision).toMatchObject({
      kind: "allow",
      outcomes: [{ kind: "pass", policy: "a/pods" }],
      findings: [],
    });
  });

  test("that no policy matches is allowed without an outcome", () => {
    const resource = { group: "", version: "v1", resource: "secrets" };
    const decision = admit(
      sampleRequest({ resource }),
      "validate",
      { snapshot, engine: fixedEngine({}) },
      CALL,
    );
    expect(decision).toMatchObject({ kind: "allow", outcomes: [] });
  });

  test("in an excluded namespace is allowed, with the reason, and no policy is run", () => {
    const { engine, calls } = recordingEngine();
    const decision = admit(
      sampleRequest({ namespace: "kube-system" }),
      "validate",
      { snapshot, engine },
      CALL,
    );
    expect(decision).toMatchObject({
      kind: "allow",
      exclusion: { kind: "namespace", namespace: "kube-system", pattern: "kube-system" },
      outcomes: [],
    });
    expect(calls).toEqual([]);
  });

  test("for which it cannot be told whether a policy matches is an error", () => {
    const match = { namespaceSelector: { matchLabels: { env: "prod" } } };
    const unclear = sampleSnapshot({
      policies: POLICIES,
      bindings: [sampleBinding("b", { policies: ["*"], match })],
    });
    const decision = admit(sampleRequest(), "validate", { snapshot: unclear, engine: fixedEngine({}) }, CALL);
    expect(decision).toMatchObject({ kind: "error", errors: [{ policy: "a/pods", blocks: true }] });
    expect(decision.errors[0]?.error.code).toBe("NAMESPACE_UNKNOWN");
  });
});

test("policies see the review, their parameters and the Namespace object, under one clock and one seed", () => {
  const namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", labels: { env: "prod" } },
  };
  const snapshot = sampleSnapshot({
    policies: POLICIES,
    bindings: [sampleBinding("b", { policies: ["a/pods"], parameters: { max: 3 } })],
    namespaces: new Map([["shop", namespaceData(namespace, JSON.stringify(namespace))]]),
  });
  const { engine, calls, asked } = recordingEngine();
  const object = { kind: "Pod" };
  const texts = { head: '{"uid":"u-1"}', object: JSON.stringify(object), oldObject: null };
  admit(sampleRequest({ object, texts }), "validate", { snapshot, engine }, CALL);
  expect(calls).toEqual([CALL]);
  expect(asked).toEqual([
    {
      entrypoint: "pods/deny",
      input: {
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        request: { uid: "u-1", object, oldObject: null },
        parameters: { max: 3 },
        namespaceObject: namespace,
      },
    },
  ]);
});
