import { CATALOGUE, PortcullisError, type ErrorCode } from "../error.ts";

/** An error as it goes from thread to thread: of the class only its fields arrive. */
export interface ErrorFields {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  /** What was thrown, for the log. */
  readonly cause?: string;
}

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
