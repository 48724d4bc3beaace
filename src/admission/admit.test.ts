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
import { regoValue } from "../../test/patch-samples.ts";
import type { Engine, EvaluationCall } from "../engine/engine.ts";
import { parseValue } from "../engine/parse.ts";
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

describe("the stage", () => {
  const label = parseValue('{{"op": "add", "path": "/metadata/labels/a", "value": "b"}}');
  const mutating = samplePolicy("a/labels", { entrypoints: { patch: "labels/patch" } });
  /** Finds a violation in every object that it sees with the label. */
  const engine: Engine = {
    entrypoints: new Set(),
    open: () => ({
      evaluate: (entrypoint, input) => {
        if (entrypoint === "labels/patch") return valueResult(label);
        return valueResult(
          JSON.stringify(documentValue(input)).includes('"labels":{"a":"b"}')
            ? new RegoSet(["no"])
            : undefined,
        );
      },
    }),
  };
  const snapshot = sampleSnapshot({ policies: [...POLICIES, mutating] });
  const patch = [{ op: "add", path: "/metadata/labels", value: regoValue({ a: "b" }) }];
  const mutations = [{ policy: "a/labels", kind: "patched" }];
  const rest = { findings: [], errors: [], exclusion: undefined, unpatchable: undefined };

  test("mutate patches and finds nothing", () => {
    const decision = admit(sampleRequest(), "mutate", { snapshot, engine }, CALL);
    expect(decision).toMatchObject({
      kind: "allow",
      stage: "mutate",
      patch,
      mutations,
      outcomes: [],
      ...rest,
    });
  });

  test("validate finds and never patches", () => {
    const decision = admit(sampleRequest(), "validate", { snapshot, engine }, CALL);
    expect(decision).toMatchObject({
      kind: "allow",
      patch: [],
      mutations: [],
      outcomes: [{ kind: "pass" }],
      ...rest,
    });
  });

  test("both finds in the object as it was patched", () => {
    const decision = admit(sampleRequest(), "both", { snapshot, engine }, CALL);
    expect(decision).toMatchObject({
      kind: "deny",
      patch,
      mutations,
      findings: [{ policy: "a/pods", message: "no" }],
    });
  });

  test("both matches the object as it was patched", () => {
    const match = { objectSelector: { matchLabels: { a: "b" } } };
    const selecting = sampleSnapshot({
      policies: [...POLICIES, mutating],
      bindings: [sampleBinding("b", { policies: ["a/pods"], match })],
    });
    expect(admit(sampleRequest(), "both", { snapshot: selecting, engine }, CALL).kind).toBe("deny");
    expect(admit(sampleRequest(), "validate", { snapshot: selecting, engine }, CALL).outcomes).toEqual([]);
  });

  test.each(["mutate", "both"] as const)("%s patches nothing that is excluded", (stage) => {
    const decision = admit(sampleRequest({ namespace: "kube-system" }), stage, { snapshot, engine }, CALL);
    expect(decision).toMatchObject({ kind: "allow", patch: [], mutations: [], unpatchable: undefined });
  });

  test("mutate tells why an object is not patched", () => {
    const decision = admit(sampleRequest({ operation: "DELETE" }), "mutate", { snapshot, engine }, CALL);
    expect(decision).toMatchObject({ kind: "allow", patch: [], mutations: [], unpatchable: undefined });
    const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    const deleted = admit(sampleRequest({ object: { metadata } }), "mutate", { snapshot, engine }, CALL);
    expect(deleted).toMatchObject({ kind: "allow", patch: [], mutations: [], unpatchable: "deletion" });
  });
});
