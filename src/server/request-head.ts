import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { PortcullisError } from "../error.ts";
import type { Rejected } from "./failures.ts";
import { sendStatus } from "./status.ts";

/** The app behind the check for `Host` (RFC 9112, section 3.2), which Node would answer without a body, uncounted. */
export function requireHost(app: RequestListener, rejected: Rejected): RequestListener {
  return (request, response) => {
    if (request.httpVersion === "1.1" && request.headers.host === undefined) {
      refuse(response, rejected, {
        message: "The request has no Host header.",
        remedy: "Send one: HTTP/1.1 requires it.",
      });
    } else app(request, response);
  };
}

/** The handler of `checkExpectation`, for the same reason: an `Expect` other than `100-continue`. */
export function refuseExpectation(rejected: Rejected) {
  return (_request: IncomingMessage, response: ServerResponse): void =>
    refuse(response, rejected, {
      message: "The request has an Expect header other than 100-continue.",
      remedy: "Leave Expect out.",
    });
}

function refuse(
  response: ServerResponse,
  rejected: Rejected,
  details: { readonly message: string; readonly remedy: string },
): void {
  const error = new PortcullisError("HTTP_INVALID", details);
  rejected(error);
  // Whether a body follows is not known: the client may wait for the answer before it sends one.
  response.setHeader("Connection", "close");
  sendStatus(response, error);
}
