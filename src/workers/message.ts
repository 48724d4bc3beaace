import type { Stage, Webhook } from "../admission/decision.ts";
import type { NamespaceData } from "../admission/snapshot.ts";
import type { DecisionRecord } from "../telemetry/decision-record.ts";
import type { ErrorFields } from "./error-fields.ts";
import type { JudgementResult } from "./judgement.ts";
import type { Program } from "./program.ts";

/** What threads may give: the server's answers, or the judgements that `eval` reports; each with what goes there and back. */
export interface Work {
  readonly answers: { readonly call: CallMessage; readonly answer: CallAnswer };
  readonly judgements: { readonly call: JudgeMessage; readonly answer: JudgedReview };
}

/** What a worker is started with. */
export interface WorkerData {
  readonly program: Program;
  readonly gives: keyof Work;
  /** Where the worker tells what it runs. */
  readonly running: SharedArrayBuffer;
  /** Whether anybody wants what `print` writes. */
  readonly print: boolean;
  /** How many calls it tries before it says that it is ready. */
  readonly warmUp: number;
}

/** A call as it goes to a worker. What seldom holds anything is left out then: every value costs on its way. */
export interface CallMessage {
  /** Greater than 0, and of no other call of this process. */
  readonly id: number;
  readonly webhook: Webhook;
  readonly body: Uint8Array;
  /** Milliseconds since the epoch, with fractions: threads have clocks of their own. */
  readonly deadline: number;
  /** Entrypoints that were stopped when this call was tried before, with the milliseconds that they had; absent if none. */
  readonly failed?: ReadonlyMap<string, number>;
  /** Entrypoints that have taken more than they may lately; absent if none. */
  readonly suspects?: ReadonlySet<string>;
}

/** A review that is to be judged. */
export interface JudgeMessage {
  /** Greater than 0, and of no other review of this process. */
  readonly id: number;
  readonly stage: Stage;
  readonly body: Uint8Array;
  /** Entrypoints that ended a thread when this review was tried before, with the milliseconds that they had. */
  readonly failed?: ReadonlyMap<string, number>;
}

/** What has changed of the namespaces since the thread was told last; undefined for those that are gone. */
export interface NamespacesMessage {
  readonly namespaces: ReadonlyMap<string, NamespaceData | undefined>;
}

/** What comes back from a worker. */
export type WorkerMessage<Answer> =
  /** `entrypoints` and `policies` (ids) in the order in which the worker numbers them. */
  | {
      readonly kind: "ready";
      readonly entrypoints: readonly string[];
      readonly policies: readonly string[];
      readonly notes: readonly string[];
    }
  | { readonly kind: "unusable"; readonly error: ErrorFields }
  /** To more than one call if several waited: every message wakes the main thread. */
  | { readonly kind: "answered"; readonly answers: readonly Answer[] };

/** What comes back for a call. */
export type CallAnswer =
  /**
   * `exceeded`: entrypoints that took more memory than they may or, as suspects, more time; absent if none.
   * `unknownNamespace`: the object's, if the thread does not know it.
   */
  | (Omit<DecisionRecord, "policies"> & {
      readonly kind: "decided";
      readonly id: number;
      readonly body: string;
      readonly exceeded?: readonly string[];
      readonly unknownNamespace?: string;
    })
  | { readonly kind: "rejected"; readonly id: number; readonly error: ErrorFields };

/** What comes back for it. */
export interface JudgedReview {
  readonly id: number;
  readonly result: JudgementResult;
}
