import type { ErrorCode } from "../../error.ts";

/** A fault at a place of a text, before it is known which file the text came from. `offset` counts UTF-16 units. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly code: ErrorCode;
  readonly offset: number;

  constructor(message: string, offset: number, code: ErrorCode = "MANIFEST_INVALID") {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}
