import { PortcullisError, type SourcePosition } from "../error.ts";
import { OpaAbort } from "./host.ts";

/** OPA's runtime names the place of a conflict as `file:row:column: message`. */
const PLACE = /^(?<file>.+?):(?<line>\d+):(?<column>\d+): (?<reason>.*)$/s;

/**
 * Makes a policy error out of whatever was thrown during an evaluation: EVALUATION_MEMORY if the memory was exhausted,
 * else EVALUATION_FAILED. An error of Portcullis is kept.
 */
export function evaluationError(entrypoint: string, cause: unknown): PortcullisError {
  if (cause instanceof PortcullisError) return cause;
  const text = textOf(cause);
  if (isMemory(text)) {
    return new PortcullisError("EVALUATION_MEMORY", {
      message: `The rule ${entrypoint} needed more memory than an evaluation may have.`,
      remedy:
        "Have the rule build fewer or smaller values: it may combine every item of the object with every other.",
      cause,
    });
  }
  const place = cause instanceof OpaAbort ? PLACE.exec(text)?.groups : undefined;
  const reason = place?.["reason"] ?? text;
  return new PortcullisError("EVALUATION_FAILED", {
    message: `The rule ${entrypoint} could not be evaluated: ${reason}.`,
    remedy: remedyFor(reason),
    ...(place === undefined ? {} : { position: positionOf(place) }),
    cause,
  });
}

/** What was thrown, in words. Not by `instanceof`: errors of another realm are none of ours. The SDK throws strings. */
export function textOf(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "message" in cause) return String(cause.message);
  return String(cause);
}

/** What `opa_malloc` says at the ceiling, and V8 when it cannot get the memory of a new instance. */
function isMemory(text: string): boolean {
  return text.includes("opa_malloc: failed") || text.includes("could not allocate memory");
}

function remedyFor(reason: string): string {
  if (reason.includes("conflict"))
    return "Make the rule give one value: two of its bodies gave different ones.";
  // OPA's runtime for WebAssembly reads the number into 32 bits (wasm/src/strings.c).
  if (reason.includes("get uint failed"))
    return 'Write sprintf("%d", [n]) for format_int(n, 10), which takes 32 bits only.';
  if (reason.includes("call stack"))
    return "Make the object less deep, or have the rule `walk` a part of it only.";
  return "Evaluate the same object with `portcullis eval` and correct the rule.";
}

function positionOf(place: Readonly<Record<string, string>>): SourcePosition {
  return { file: place["file"] ?? "", line: Number(place["line"]), column: Number(place["column"]) };
}
