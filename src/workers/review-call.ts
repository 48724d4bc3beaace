import type { Webhook } from "../admission/decision.ts";
import type { PortcullisError } from "../error.ts";
import type { DecisionRecord } from "../telemetry/decision-record.ts";

/** One admission call on its way to a worker. */
export interface ReviewCall {
  readonly webhook: Webhook;
  /** The bytes of an AdmissionReview. */
  readonly body: Uint8Array;
  /** When the answer must have left, in milliseconds of this thread's `performance.now()`. */
  readonly deadline: number;
}

/** The answer to a call: a decision with the text to send and what to record, or why there is none. */
export type ReviewResult =
  | {
      readonly kind: "decided";
      /** JSON text of the AdmissionReview to send back. */
      readonly body: string;
      readonly record: DecisionRecord;
      /** The object's namespace, if it was decided without knowing that. */
      readonly unknownNamespace?: string;
    }
  | { readonly kind: "rejected"; readonly error: PortcullisError };

/** Answers a call. Rejects for faults of Portcullis only; what cannot be taken now is `rejected` too. */
export type Review = (call: ReviewCall) => Promise<ReviewResult>;
