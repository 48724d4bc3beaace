import type { IncomingMessage } from "node:http";
import { PortcullisError } from "../error.ts";

/** The API server sends less than ten. Node drops those beyond its own limit in silence, one may be Content-Encoding. */
export const MAX_HEADERS = 100;

/** As Node tells the expectations that it meets itself from others. */
const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

/**
 * What is wrong with the head of a request that Node's parser took. Node would answer the first two by itself, without a
 * body and uncounted: no `Host` (RFC 9112, section 3.2), and an `Expect` other than `100-continue`.
 */
export function headError({
  httpVersion,
  headers,
  rawHeaders,
}: IncomingMessage): PortcullisError | undefined {
  if (httpVersion === "1.1" && headers.host === undefined) {
    return invalid("The request has no Host header.", "Send one: HTTP/1.1 requires it.");
  }
  if (httpVersion === "1.1" && headers.expect !== undefined && !CONTINUE.test(headers.expect)) {
    return invalid("The request has an Expect header other than 100-continue.", "Leave Expect out.");
  }
  // Names and values.
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    return invalid(`The request has more than ${MAX_HEADERS} headers.`, "Send fewer.");
  }
  return undefined;
}

function invalid(message: string, remedy: string): PortcullisError {
  return new PortcullisError("HTTP_INVALID", { message, remedy });
}
