import { PortcullisError } from "../error.ts";

/** The answer while there is nothing to decide with yet. */
export function noBundle(): PortcullisError {
  return new PortcullisError("NOT_READY", {
    message: "Portcullis has no bundle to decide with yet.",
    remedy: "Try again in a second; /readyz on the metrics port says what is missing.",
  });
}

/** The answer to what still arrives when the server ends. */
export function serverEnds(): PortcullisError {
  return new PortcullisError("NOT_READY", {
    message: "Portcullis was told to stop.",
    remedy: "Try again in a second: another replica answers, or this one when it has started again.",
  });
}
