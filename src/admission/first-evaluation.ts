import type { EvaluationCall } from "../engine/index.ts";
import { inputAdapter } from "../policy/input/input.ts";
import type { Surroundings } from "./admit.ts";
import { evaluate } from "./evaluate.ts";
import type { PortcullisError } from "../error.ts";
import type { BoundPolicy } from "./bound-policy.ts";
import { ObjectVersion } from "./patch/object-version.ts";
import { PatchRules } from "./patch/patch-rules.ts";
import { createSteps, type Step } from "./patch/step.ts";
import { requestDocuments, type RequestTexts } from "./request.ts";

const OBJECT =
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"first-evaluation","namespace":"default"}}';

/** A request that no policy can take offence at by its shape: the least that an API server sends. */
const TEXTS: RequestTexts = {
  head:
    '{"uid":"first-evaluation","kind":{"group":"","version":"v1","kind":"Pod"},' +
    '"resource":{"group":"","version":"v1","resource":"pods"},"name":"first-evaluation","namespace":"default",' +
    '"operation":"CREATE","userInfo":{"username":"portcullis","groups":[]},"dryRun":true}',
  object: OBJECT,
  oldObject: null,
};

/**
 * Evaluates every policy under every binding once, whether it matches or not, and gives what failed, so that somebody
 * hears of it before the first request does. That patches do not fit this object says nothing about others.
 */
export function firstEvaluation(
  { snapshot, engine }: Surroundings,
  call: EvaluationCall,
): readonly FirstFailure[] {
  const everything = snapshot.policies.map(({ bound }) => ({ bound, match: { kind: "match" } as const }));
  const input = inputAdapter(requestDocuments({ texts: TEXTS }, undefined));
  const outcomes = evaluate(everything, { input, session: engine.open(call), old: undefined });
  const resource = { group: "", version: "v1", resource: "pods" };
  const request = {
    texts: TEXTS,
    namespace: "default",
    operation: "CREATE",
    resource,
    subResource: "",
  } as const;
  const step = createSteps(new PatchRules(request, snapshot, { engine, call }));
  const version = new ObjectVersion(OBJECT);
  return [
    ...outcomes.flatMap((outcome) => (outcome.kind === "error" ? [outcome] : [])),
    ...snapshot.policies.flatMap(({ bound }) => patchFailure(bound, step(bound, version))),
  ];
}

/** The same request as an AdmissionReview. */
export function sampleReview(): Uint8Array {
  const request = `${TEXTS.head.slice(0, -1)},"object":${OBJECT},"oldObject":null}`;
  const review = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":${request}}`;
  return new TextEncoder().encode(review);
}

/** A policy that failed, and how. */
interface FirstFailure {
  readonly policy: string;
  readonly error: PortcullisError;
}

function patchFailure({ policy }: BoundPolicy, step: Step): readonly FirstFailure[] {
  if (step.kind !== "error" || step.error.code === "PATCH_INVALID") return [];
  return [{ policy: policy.id, error: step.error }];
}
