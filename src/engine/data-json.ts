import { PortcullisError } from "../error.ts";
import { PathBlocked } from "./base-documents.ts";
import { textOf } from "./evaluation-error.ts";
import { checkJson } from "./json-syntax.ts";

/** The greatest byte of white space, and the one that an object begins with. */
const [SPACE, OPEN_OBJECT] = [0x20, 0x7b];
const encoder = new TextEncoder();

/** The base documents as UTF-8. OPA's parser takes much that is no JSON, so it is checked before. Throws DATA_INVALID. */
export function dataBytes(json: string | Uint8Array): Uint8Array {
  const bytes = documentBytes(json);
  const first = bytes.find((byte) => byte > SPACE);
  if (first !== OPEN_OBJECT) throw invalid("The base documents are no JSON object.");
  return bytes;
}

/** A document as UTF-8. Throws DATA_INVALID if it is no JSON. */
export function documentBytes(json: string | Uint8Array): Uint8Array {
  const bytes = typeof json === "string" ? encoder.encode(json) : json;
  try {
    checkJson(bytes);
  } catch (thrown) {
    throw invalid(`A base document is no JSON: ${textOf(thrown)}.`);
  }
  return bytes;
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

function invalid(message: string): PortcullisError {
  return new PortcullisError("DATA_INVALID", {
    message,
    remedy: "Give the engine JSON, and a path that leads through objects.",
  });
}
