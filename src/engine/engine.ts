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

/** A builtin function that failed: the expression was undefined, and evaluation went on. */
export interface BuiltinError {
  /** OPA's name, e.g. `units.parse`. */
  readonly builtin: string;
  /** Why, as OPA words it where that is known. Never has a value of the input. */
  readonly message: string;
  /** How often, in one evaluation. */
  readonly count: number;
}

/** What an evaluation told beside its value. */
export interface EvaluationNotes {
  /** The first MAX_BUILTIN_ERRORS that differ. */
  readonly builtinErrors: readonly BuiltinError[];
  /** How many errors are not among them. */
  readonly moreBuiltinErrors: number;
  /** The lines that `print` wrote, if the call asked for them: MAX_PRINTED_CHARACTERS at most, and a line that says so. */
  readonly printed: readonly string[];
}

/** What one evaluation gave, in `seconds`. `value` is undefined where the rule is; `notes` is absent if there are none. */
export type EvaluationResult = { readonly seconds: number; readonly notes?: EvaluationNotes } & (
  | { readonly kind: "value"; readonly value: RegoValue | undefined }
  | { readonly kind: "error"; readonly error: PortcullisError }
);

/** The clock and the seed of all policies evaluated for one request: one value each, so answers repeat. */
export interface EvaluationCall {
  /** Nanoseconds since 1970-01-01T00:00:00Z, what `time.now_ns` gives. */
  readonly now: bigint;
  /** Seed of `rand.intn` and `uuid.rfc4122`. */
  readonly seed: string;
  /** Whether anybody wants what `print` writes. Default: nobody. */
  readonly print?: boolean;
  /** How many characters of it are kept of one evaluation. Default: MAX_PRINTED_CHARACTERS. */
  readonly printedCharacters?: number;
}

/**
 * All evaluations of one request. Ends with the next call of `Engine.open` and with every change of the data; nothing
 * has to be closed.
 */
export interface EvaluationSession {
  /** Evaluates one entrypoint, e.g. `pod_security/privileged/deny`. Never throws for what a policy does. */
  evaluate(entrypoint: string, input: InputDocument): EvaluationResult;
}

/** Rego in WebAssembly. One engine serves one thread. */
export interface Engine {
  readonly entrypoints: ReadonlySet<string>;
  open(call: EvaluationCall): EvaluationSession;
}

/** An engine as it was loaded, for who owns it. After an error of a change of the data the data are what they were. */
export interface LoadedEngine extends Engine {
  /** Replaces all base documents (`data`) by a JSON object. Throws DATA_INVALID. */
  setData(json: string | Uint8Array): void;
  /**
   * Sets the document at a path, one key for each level; objects that are missing on the way are made. Takes time in
   * proportion to `json` and what it replaces. Throws DATA_INVALID, also if there is something else than an object on
   * the way.
   */
  setDataPath(path: readonly string[], json: string | Uint8Array): void;
  /**
   * Removes the document at a path, if there is one. Objects that are missing on the way are made, as by `setDataPath`:
   * OPA's own function overwrites memory where it comes upon anything but an object, and only this tells. Throws
   * DATA_INVALID.
   */
  removeDataPath(path: readonly string[]): void;
  /** Gives up the session and its memory: an evaluation was broken off from outside, and nothing of it can be trusted. */
  abandon(): void;
  /** Gives up everything. The engine must not be used any more. */
  close(): void;
}
