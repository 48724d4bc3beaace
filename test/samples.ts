import type { Engine, EvaluationResult, InputDocument } from "../src/engine/engine.ts";
import type { RegoValue } from "../src/engine/value.ts";
import { bindPolicies, type LoadedBinding } from "../src/admission/bound-policy.ts";
import { decide } from "../src/admission/decide.ts";
import type { Decision } from "../src/admission/decision.ts";
import type { Finding, Outcome } from "../src/admission/outcome.ts";
import { UNMUTATED } from "../src/admission/patch/mutate.ts";
import type { AdmissionRequest } from "../src/admission/request.ts";
import { createSnapshot, type Snapshot, type SnapshotSources } from "../src/admission/snapshot.ts";
import { DEFAULT_EXCLUSIONS, PolicyBinding } from "../src/policy/binding.ts";
import { isJsonObject, type JsonObject } from "../src/policy/json.ts";
import { Policy } from "../src/policy/policy.ts";

/** Values for tests: complete and valid, so that a test names only what it is about. */

export const REVISION = `sha256:${"0".repeat(64)}`;
export const CALL = { now: 1_700_000_000_000_000_000n, seed: "seed" };

type PolicyOverrides = Partial<Omit<Policy, "metadata">> & {
  readonly metadata?: Partial<Policy["metadata"]>;
};

export function samplePolicy(id: string, { metadata, ...overrides }: PolicyOverrides = {}): Policy {
  const path = id.replaceAll("-", "_");
  return Policy.parse({
    id,
    package: path.replace("/", "."),
    file: `${id}.rego`,
    entrypoints: { deny: `${path}/deny` },
    contract: "admission",
    ...overrides,
    metadata: {
      title: id,
      severity: "medium",
      enforcement: "deny",
      updates: "new-violations-only",
      match: { resources: ["pods"], operations: ["CREATE", "UPDATE"] },
      ...metadata,
    },
  });
}

export function sampleBinding(name: string, spec: Record<string, unknown>): LoadedBinding {
  const object = {
    apiVersion: "policy.portcullis.dev/v1alpha1",
    kind: "PolicyBinding",
    metadata: { name },
    spec,
  };
  return {
    binding: PolicyBinding.parse(object),
    text: JSON.stringify(object),
    position: { file: `${name}.yaml`, line: 1 },
  };
}

export function sampleSnapshot(sources: Partial<SnapshotSources> = {}): Snapshot {
  return createSnapshot({
    revision: REVISION,
    policies: [],
    bindings: [],
    exclusions: DEFAULT_EXCLUSIONS,
    namespaces: new Map(),
    ...sources,
  });
}

/** The only policy of a list of one, bound. */
export function sampleBound(policy: Policy, binding?: LoadedBinding) {
  const [bound] = bindPolicies([policy], binding === undefined ? [] : [binding]);
  if (bound === undefined) throw new Error("a policy is always bound at least once");
  return bound;
}

export function sampleReview(request: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: "u-1",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      name: "web",
      namespace: "shop",
      operation: "CREATE",
      userInfo: { username: "alice", groups: ["developers", "system:authenticated"] },
      object: { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" } },
      oldObject: null,
      dryRun: false,
      ...request,
    },
  };
}

export function sampleRequest(overrides: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" } };
  return {
    uid: "u-1",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    subResource: "",
    name: "web",
    namespace: "shop",
    operation: "CREATE",
    userInfo: { username: "alice", groups: ["developers"] },
    dryRun: false,
    object,
    oldObject: null,
    texts: { head: "{}", object: JSON.stringify(object), oldObject: null },
    ...overrides,
  };
}

/** An engine whose rules give fixed results, by entrypoint; a rule that is not listed is undefined. */
export function fixedEngine(results: Readonly<Record<string, EvaluationResult>>): Engine {
  return {
    entrypoints: new Set(Object.keys(results)),
    open: () => ({
      evaluate: (entrypoint) => results[entrypoint] ?? { kind: "value", value: undefined, seconds: 0 },
    }),
  };
}

/** The value of JSON text that is an object. */
export function jsonObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error(`no object: ${text}`);
  return value;
}

/** What an evaluation gives that ends well. */
export function valueResult(value: RegoValue | undefined): EvaluationResult {
  return { kind: "value", value, seconds: 0.001 };
}

/** The JSON value of an input document, as the engine would put it together; numbers are rounded. */
export function documentValue({ text, members }: InputDocument): unknown {
  const value: unknown = JSON.parse(text);
  if (members.length === 0) return value;
  return Object.assign({}, value, ...members.map(([key, member]) => ({ [key]: documentValue(member) })));
}

export function sampleFinding(overrides: Partial<Finding> = {}): Finding {
  return {
    policy: "pod-security/privileged",
    rule: "deny",
    enforcement: "deny",
    severity: "medium",
    message: "containers must not be privileged",
    field: undefined,
    details: undefined,
    remediation: undefined,
    ...overrides,
  };
}

/** What is the same in the outcomes of one policy. */
export const OUTCOME = {
  policy: "pod-security/privileged",
  binding: undefined,
  enforcement: "deny",
  failurePolicy: "Fail",
  seconds: 0,
} as const;

/** An outcome for findings that are all under one enforcement. */
export function violationOutcome(...findings: readonly Finding[]): Outcome {
  return { ...OUTCOME, enforcement: findings[0]?.enforcement ?? "deny", kind: "violation", findings };
}

export function sampleDecision(outcomes: readonly Outcome[]): Decision {
  return decide({
    request: sampleRequest(),
    stage: "validate",
    revision: REVISION,
    exclusion: undefined,
    mutated: UNMUTATED,
    outcomes,
  });
}
