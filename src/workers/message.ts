import type { Webhook } from "../admission/decision.ts";
import { CATALOGUE, PortcullisError, type ErrorCode } from "../error.ts";
import type { DecisionRecord } from "../telemetry/decision-record.ts";
import type { Program } from "./program.ts";

/** What a worker is started with. */
export interface WorkerData {
  readonly program: Program;
  /** Where the worker tells what it runs. */
  readonly running: SharedArrayBuffer;
  /** How many calls it tries before it says that it is ready. */
  readonly warmUp: number;
}

/** A call as it goes to a worker. */
export interface CallMessage {
  /** Greater than 0, and of no other call of this process. */
  readonly id: number;
  readonly webhook: Webhook;
  readonly body: Uint8Array;
  /** Milliseconds since the epoch, with fractions: threads have clocks of their own. */
  readonly deadline: number;
  /** Entrypoints that were stopped when this call was tried before, with the milliseconds that they had. */
  readonly failed: ReadonlyMap<string, number>;
  /** Entrypoints that have taken more than they may lately. */
  readonly suspects: ReadonlySet<string>;
}

/** An error as it goes from thread to thread: of the class only its fields arrive. */
export interface ErrorFields {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  /** What was thrown, for the log. */
  readonly cause?: string;
}

/** What comes back from a worker. */
export type WorkerMessage =
  /** `entrypoints` in the order in which the worker numbers them. */
  | { readonly kind: "ready"; readonly entrypoints: readonly string[]; readonly notes: readonly string[] }
  | { readonly kind: "unusable"; readonly error: ErrorFields }
  /** `exceeded`: entrypoints that took more memory than they may or, as suspects, more time. */
  | {
      readonly kind: "decided";
      readonly id: number;
      readonly body: string;
      readonly record: DecisionRecord;
      readonly exceeded: readonly string[];
    }
  | { readonly kind: "rejected"; readonly id: number; readonly error: ErrorFields };

export function errorFields(thrown: unknown): ErrorFields {
  if (thrown instanceof PortcullisError) {
    const { code, message, remedy } = thrown;
    return { code, message, remedy };
  }
  const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return {
    code: "INTERNAL",
    message: CATALOGUE.INTERNAL,
    remedy: "Look for INTERNAL in the log of Portcullis: it has the cause.",
    cause,
  };
}

export function errorOf({ code, message, remedy, cause }: ErrorFields): PortcullisError {
  return new PortcullisError(code, { message, remedy, cause });
}
