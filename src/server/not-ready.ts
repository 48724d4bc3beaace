import { PortcullisError } from "../error.ts";
import { stopped } from "../workers/pending-call.ts";

/** The answer while there is nothing to decide with yet. */
export function noBundle(): PortcullisError {
  return new PortcullisError("NOT_READY", {
    message: "Portcullis has no bundle to decide with yet.",
    remedy: "Try again in a second; /readyz on the metrics port says what is missing.",
  });
}

/** The answer to what still arrives when the server ends: the same as to what is given up then. */
export function serverEnds(): PortcullisError {
  return stopped().error;
}
