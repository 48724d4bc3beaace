import { PortcullisError } from "../error.ts";
import { PathBlocked } from "./base-documents.ts";
import { textOf } from "./evaluation-error.ts";

/** The base documents as UTF-8. OPA's parser takes much that is no JSON, so it is checked before. Throws DATA_INVALID. */
export function dataBytes(json: string | Uint8Array): Uint8Array {
  const value = parsed(dataText(json));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("The base documents are no JSON object.");
  }
  return typeof json === "string" ? new TextEncoder().encode(json) : json;
}

/** A document as text. Throws DATA_INVALID if it is no JSON. */
export function dataText(json: string | Uint8Array): string {
  const text = typeof json === "string" ? json : decoded(json);
  parsed(text);
  return text;
}

/** Changes data at a path; what is thrown becomes DATA_INVALID. */
export function pathData(path: readonly string[], change: () => void): void {
  try {
    change();
  } catch (thrown) {
    if (thrown instanceof PortcullisError) throw thrown;
    const why =
      thrown instanceof PathBlocked ? "there is something else than an object on the way" : textOf(thrown);
    throw invalid(`The base document at ${JSON.stringify(path)} cannot be changed: ${why}.`);
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("The base documents are no UTF-8.");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalid(`A base document is no JSON: ${textOf(thrown)}.`);
  }
}

function invalid(message: string): PortcullisError {
  return new PortcullisError("DATA_INVALID", {
    message,
    remedy: "Give the engine JSON, and a path that leads through objects.",
  });
}
