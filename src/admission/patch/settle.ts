import { compare } from "../../engine/index.ts";
import type { BoundPolicy } from "../bound-policy.ts";
import type { PolicyMatch } from "../match.ts";
import { applyPatch } from "./apply.ts";
import { diff } from "./diff.ts";
import type { Mutation } from "./mutation.ts";
import type { ObjectVersion } from "./object-version.ts";
import type { PatchOperation } from "./operation.ts";
import { runRounds, type Dropped, type RoundsResult } from "./rounds.ts";
import { createSteps, type Step, type StepContext } from "./step.ts";

/** The object at rest. */
export interface Settled {
  readonly version: ObjectVersion;
  /** From the object as it came to the object at rest; empty if no policy changed it. */
  readonly patch: readonly PatchOperation[];
  readonly mutations: readonly Mutation[];
}

export interface SettleContext extends StepContext {
  /** Seconds that the rule of a policy has taken so far. */
  readonly seconds: (bound: BoundPolicy) => number;
}

/**
 * Lets the `patch` rules of the policies that match change the object, in the order of their ids and in rounds, until none
 * changes anything. A policy that fails, or that never leaves the object at rest, is left out as if it were not there:
 * its patches are applied all or none. Under enforcement `audit` a policy only tells what it would do in the end.
 */
export function settle(
  matches: readonly PolicyMatch[],
  first: ObjectVersion,
  context: SettleContext,
): Settled {
  const applied = matches.filter(
    ({ bound, match }) => match.kind === "match" && bound.enforcement !== "audit",
  );
  const step = createSteps(context);
  const rest = findRest(
    applied.map(({ bound }) => bound),
    first,
    step,
  );
  const mutations = matches.map(({ bound, match }) => {
    const end: End =
      match.kind === "unknown" ? { kind: "error", error: match.error } : endOf(bound, rest, step);
    return mutation(bound, end, context.seconds(bound));
  });
  return { version: rest.version, patch: checkedPatch(first, rest.version), mutations };
}

type Rest = Extract<RoundsResult, { readonly kind: "settled" }>;
type Steps = ReturnType<typeof createSteps>;
type End = Dropped | { readonly kind: "patched" | "unchanged" | "audited" };

/** Each time a policy that had changed the object has to be left out, the others begin anew without it. */
function findRest(policies: readonly BoundPolicy[], first: ObjectVersion, step: Steps): Rest {
  const left = new Map<BoundPolicy, Dropped>();
  for (;;) {
    const active = policies.filter((bound) => !left.has(bound));
    const result = runRounds(active, first, step);
    if (result.kind === "settled") return { ...result, dropped: new Map([...left, ...result.dropped]) };
    for (const [bound, why] of toBlame(result.dropped, first, step)) left.set(bound, why);
  }
}

/** Of several, those that come to no rest by themselves: the others only followed what these did. */
function toBlame(
  involved: ReadonlyMap<BoundPolicy, Dropped>,
  first: ObjectVersion,
  step: Steps,
): ReadonlyMap<BoundPolicy, Dropped> {
  if (involved.size === 1) return involved;
  const alone = [...involved.keys()].flatMap((bound) => {
    const result = runRounds([bound], first, step);
    return result.kind === "undone" ? [...result.dropped] : [];
  });
  return alone.length === 0 ? involved : new Map(alone);
}

function endOf(bound: BoundPolicy, { version, patched, dropped }: Rest, step: Steps): End {
  if (bound.enforcement === "audit") return audited(step(bound, version));
  return dropped.get(bound) ?? { kind: patched.has(bound) ? "patched" : "unchanged" };
}

function audited(step: Step): End {
  return step.kind === "changed" ? { kind: "audited" } : step;
}

/** A failed `patch` rule keeps the object out only where a binding says so (DESIGN, table of decisions). */
function mutation(
  { policy, binding, enforcement, patchFailurePolicy }: BoundPolicy,
  end: End,
  seconds: number,
): Mutation {
  const common = { policy: policy.id, binding, seconds };
  if (end.kind !== "error") return { ...common, kind: end.kind };
  return { ...common, ...end, blocks: patchFailurePolicy === "Fail" && enforcement !== "audit" };
}

/** No patch leaves that was not applied here first: one that an API server cannot apply fails the whole request. */
function checkedPatch(first: ObjectVersion, last: ObjectVersion): readonly PatchOperation[] {
  if (first === last) return [];
  const patch = diff(first.value, last.value);
  if (compare(applyPatch(first.value, patch), last.value) !== 0) {
    throw new Error("The patch from the object as it came does not lead to the object at rest.");
  }
  return patch;
}
