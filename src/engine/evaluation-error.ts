import { PortcullisError, type SourcePosition } from "../error.ts";
import type { InputDocument } from "./engine.ts";
import { BuiltinLimit, OpaAbort } from "./host.ts";

/** OPA's runtime names the place of a conflict as `file:row:column: message`. */
const PLACE = /^(?<file>.+?):(?<line>\d+):(?<column>\d+): (?<reason>.*)$/s;

/** What OPA's runtime says when it gets no more memory. */
export const MEMORY_EXHAUSTED = "opa_malloc: failed";

/** A shared document could not be built, so no rule that takes it can be evaluated. `message` says why. */
export class DocumentFailure extends Error {
  override readonly name = "DocumentFailure";
  readonly document: InputDocument;

  constructor(document: InputDocument, message: string) {
    super(message);
    this.document = document;
  }
}

/**
 * Makes a policy error out of whatever was thrown during an evaluation: EVALUATION_MEMORY if the memory was exhausted,
 * EVALUATION_LIMIT if a builtin would compute too much, else EVALUATION_FAILED. An error of Portcullis is kept.
 *
 * What was thrown does not become the `cause`: its stack trace would keep the instance alive, with all its memory.
 */
export function evaluationError(entrypoint: string, thrown: unknown): PortcullisError {
  if (thrown instanceof PortcullisError) return thrown;
  if (thrown instanceof BuiltinLimit) return limitError(entrypoint, thrown);
  const text = textOf(thrown);
  if (isMemoryExhausted(thrown)) return memoryError(entrypoint, thrown instanceof DocumentFailure);
  const place = thrown instanceof OpaAbort ? PLACE.exec(text)?.groups : undefined;
  const reason = place?.["reason"] ?? text;
  return new PortcullisError("EVALUATION_FAILED", {
    message: `The rule ${entrypoint} could not be evaluated: ${reason}.`,
    remedy: remedyFor(reason),
    ...(place === undefined ? {} : { position: positionOf(place) }),
  });
}

/** OPA would go on, and to take the expression for undefined would let objects in that a rule denies. */
function limitError(entrypoint: string, { message }: BuiltinLimit): PortcullisError {
  return new PortcullisError("EVALUATION_LIMIT", {
    message: `The rule ${entrypoint} could not be evaluated: ${message}.`,
    remedy:
      "Have the rule test its operands before it calls the builtin; docs/reference/builtins.md has the limits.",
  });
}

function memoryError(entrypoint: string, isInput: boolean): PortcullisError {
  return isInput
    ? new PortcullisError("EVALUATION_MEMORY", {
        message: `The rule ${entrypoint} was not evaluated: its input takes more memory than it may have.`,
        remedy: "Make the object smaller: every value in it, be it a 0 in a list, takes about 200 bytes.",
      })
    : new PortcullisError("EVALUATION_MEMORY", {
        message: `The rule ${entrypoint} needed more memory than an evaluation may have.`,
        remedy:
          "Have the rule build fewer or smaller values: it may combine every item of the object with every other.",
      });
}

/** What was thrown, in words. Not by `instanceof`: errors of another realm are none of ours. The SDK throws strings. */
export function textOf(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "message" in cause) return String(cause.message);
  return String(cause);
}

/** True if an instance had too little memory, or V8 none for a new instance. */
export function isMemoryExhausted(thrown: unknown): boolean {
  const text = textOf(thrown);
  return text.includes(MEMORY_EXHAUSTED) || text.includes("could not allocate memory");
}

function remedyFor(reason: string): string {
  if (reason.includes("conflict"))
    return "Make the rule give one value: two of its bodies gave different ones.";
  if (reason.includes("call stack"))
    return "Make the object less deep, or have the rule `walk` a part of it only.";
  return "Evaluate the same object with `portcullis eval` and correct the rule.";
}

function positionOf(place: Readonly<Record<string, string>>): SourcePosition {
  return { file: place["file"] ?? "", line: Number(place["line"]), column: Number(place["column"]) };
}
