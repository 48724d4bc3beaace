import type { RegoValue } from "./value.ts";
import type { PortcullisError } from "../error.ts";

/**
 * A JSON document that is put together inside the engine: `text` is parsed, then every member is set under its
 * key. A shared document is parsed at most once in a session and its value is used, read-only, wherever the same
 * (identical) document object occurs; any other is parsed anew each time. A member must not occur in `text`.
 */
export interface InputDocument {
  /** JSON text; a JSON object if there are members. Must have been validated: it is not checked again. */
  readonly text: string;
  readonly members: readonly (readonly [key: string, member: InputDocument])[];
  readonly shared: boolean;
}

/** What one evaluation gave. `value` is undefined where the rule is undefined. */
export type EvaluationResult =
  | { readonly kind: "value"; readonly value: RegoValue | undefined; readonly seconds: number }
  | { readonly kind: "error"; readonly error: PortcullisError; readonly seconds: number };

/** The clock and the seed of all policies evaluated for one request: one value each, so answers repeat. */
export interface EvaluationCall {
  /** Nanoseconds since 1970-01-01T00:00:00Z, what `time.now_ns` gives. */
  readonly now: bigint;
  /** Seed of `rand.intn` and `uuid.rfc4122`. */
  readonly seed: string;
}

/** All evaluations of one request. Ends with the next call of `Engine.open`; nothing has to be closed. */
export interface EvaluationSession {
  /** Evaluates one entrypoint, e.g. `pod_security/privileged/deny`. Never throws for what a policy does. */
  evaluate(entrypoint: string, input: InputDocument): EvaluationResult;
}

/** Rego in WebAssembly. One engine serves one thread. */
export interface Engine {
  readonly entrypoints: ReadonlySet<string>;
  open(call: EvaluationCall): EvaluationSession;
}

/** An engine as it was loaded, for who may break an evaluation off. */
export interface LoadedEngine extends Engine {
  /** Gives up the session and its memory: an evaluation was broken off from outside, and nothing of it can be trusted. */
  abandon(): void;
}
