import type { RegoValue } from "../../engine/index.ts";
import { PortcullisError } from "../../error.ts";
import { nameOf, type BoundPolicy } from "../bound-policy.ts";
import { applyPatchObjects } from "./apply-objects.ts";
import { changedIdentity } from "./eligibility.ts";
import { wrongMetadata } from "./object-meta.ts";
import { PatchFailure } from "./failure.ts";
import type { ObjectVersion } from "./object-version.ts";
import type { PatchObject } from "./patch-object.ts";

/** What one policy makes of one version of the object. */
export type Step =
  | { readonly kind: "unchanged" }
  | { readonly kind: "changed"; readonly next: ObjectVersion }
  | { readonly kind: "held" }
  | { readonly kind: "error"; readonly error: PortcullisError };

/** Runs the `patch` rule of a policy on a version of the object. Throws PatchFailure or PortcullisError. */
type RunPatchRule = (bound: BoundPolicy, version: ObjectVersion) => readonly PatchObject[];

/** What the steps of one request have in common. */
export interface StepContext {
  readonly run: RunPatchRule;
  /** Whether patches that make one value of another have to be held back. */
  readonly isHeld: (before: RegoValue, after: RegoValue) => boolean;
}

/** Each policy meets each version once: what it did then, it would do again. */
export function createSteps(context: StepContext): (bound: BoundPolicy, version: ObjectVersion) => Step {
  const known = new Map<ObjectVersion, Map<BoundPolicy, Step>>();
  return (bound, version) => {
    const ofVersion = known.get(version) ?? new Map<BoundPolicy, Step>();
    known.set(version, ofVersion);
    const step = ofVersion.get(bound) ?? takeStep(bound, version, context);
    ofVersion.set(bound, step);
    return step;
  };
}

function takeStep(bound: BoundPolicy, version: ObjectVersion, { run, isHeld }: StepContext): Step {
  try {
    const patches = run(bound, version);
    if (patches.length === 0) return { kind: "unchanged" };
    const { value } = version;
    const next = applyPatchObjects(value, patches);
    if (next === value) return { kind: "unchanged" };
    const identity = changedIdentity(value, next);
    if (identity !== undefined) throw new PatchFailure("apply", `they would change ${identity}`);
    const metadata = wrongMetadata(value, next);
    if (metadata !== undefined) throw new PatchFailure("apply", metadata);
    if (isHeld(value, next)) return { kind: "held" };
    return { kind: "changed", next: version.next(next) };
  } catch (error) {
    if (error instanceof PortcullisError) return { kind: "error", error };
    if (error instanceof PatchFailure) return { kind: "error", error: unusable(bound, error) };
    throw error;
  }
}

function unusable(bound: BoundPolicy, failure: PatchFailure): PortcullisError {
  if (failure.reason === "shape") {
    return new PortcullisError("RESULT_SHAPE", {
      message: `The rule patch of ${nameOf(bound)} gave something that is no patch object: ${failure.message}.`,
      remedy: "Let the rule contain objects with `op` and `path` as docs/writing-policies.md describes them.",
      cause: failure,
    });
  }
  return new PortcullisError("PATCH_INVALID", {
    message: `The patches of ${nameOf(bound)} do not fit the object, so none of them was applied: ${failure.message}.`,
    remedy:
      bound.binding === undefined
        ? `Let the rule look at the object before it patches it (${bound.policy.file}).`
        : `Look for the reason in the parameters of the PolicyBinding ${bound.binding}; else let the rule look at the object before it patches it (${bound.policy.file}).`,
    cause: failure,
  });
}
