import { PortcullisError } from "../error.ts";
import type { ReviewCall, ReviewResult } from "./review-call.ts";
import type { ReviewThread } from "./review-thread.ts";

/** A call that has no answer yet. */
export interface PendingCall {
  readonly id: number;
  readonly call: ReviewCall;
  /** Milliseconds of `performance.now()`. */
  readonly arrived: number;
  /** Entrypoints that were stopped, with the milliseconds that they had. */
  readonly failed: Map<string, number>;
  /** How often a thread died of it without saying in which policy. */
  deaths: number;
  /** Who decides it; undefined while it waits. */
  thread: ReviewThread | undefined;
  readonly settle: (result: ReviewResult) => void;
}

/** Part of the remaining time that one policy may take. */
const BUDGET_SHARE = 1 / 3;
/** No policy is stopped before so many milliseconds, however little time the call has. */
const MINIMUM_BUDGET = 50;

/** Milliseconds that a policy may take of what is left at `now`. */
export function budgetOf({ call }: PendingCall, now: number): number {
  return Math.max(MINIMUM_BUDGET, Math.round((call.deadline - now) * BUDGET_SHARE));
}

export function overloaded(waiting: number): ReviewResult {
  const error = new PortcullisError("OVERLOADED", {
    message: `Portcullis has ${waiting} requests waiting, which is all that it takes.`,
    remedy: "Try again in a second; raise --workers or the CPU limit if it happens often.",
  });
  return { kind: "rejected", error };
}

export function stopped(): Extract<ReviewResult, { readonly kind: "rejected" }> {
  const error = new PortcullisError("NOT_READY", {
    message: "Portcullis was told to stop.",
    remedy: "Try again in a second: another replica answers, or this one when it has started again.",
  });
  return { kind: "rejected", error };
}

export function tooLate({ call, arrived }: PendingCall): ReviewResult {
  const error = new PortcullisError("REVIEW_TIMEOUT", {
    message: `The answer would have come after the ${Math.round(call.deadline - arrived)} ms that the API server waits.`,
    remedy: "Look in the log for policies that ran out of time, or raise timeoutSeconds of the webhook.",
  });
  return { kind: "rejected", error };
}
