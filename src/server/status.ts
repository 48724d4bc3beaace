import type { ServerResponse } from "node:http";
import { PortcullisError, type ErrorCode } from "../error.ts";

/** `metav1.Status` of a failure: the only body with which Portcullis fails. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Failure";
  readonly message: string;
  /** `metav1.StatusReason`. */
  readonly reason: string;
  /** The HTTP status. */
  readonly code: number;
}

/** HTTP status and `metav1.StatusReason` of each way in which a request fails before it becomes a decision. */
const FAILURES = {
  REVIEW_INVALID: [400, "BadRequest"],
  REVIEW_TOO_DEEP: [400, "BadRequest"],
  REVIEW_TOO_LARGE: [413, "RequestEntityTooLarge"],
  REVIEW_MEDIA_TYPE: [415, "UnsupportedMediaType"],
  REQUEST_ABORTED: [400, "BadRequest"],
  HTTP_INVALID: [400, "BadRequest"],
  CLIENT_FORBIDDEN: [403, "Forbidden"],
  ROUTE_UNKNOWN: [404, "NotFound"],
  METHOD_NOT_ALLOWED: [405, "MethodNotAllowed"],
  NOT_READY: [503, "ServiceUnavailable"],
  OVERLOADED: [503, "ServiceUnavailable"],
  REVIEW_TIMEOUT: [504, "Timeout"],
  INTERNAL: [500, "InternalError"],
} as const satisfies Partial<Record<ErrorCode, readonly [code: number, reason: string]>>;

type Rejection = keyof typeof FAILURES;

/** The codes that are answered by a Status. */
export const ANSWERED: readonly ErrorCode[] = Object.keys(FAILURES).filter(isRejection);

/**
 * Every code that `rejected` callbacks are called with, and so every value of `portcullis_http_rejected_total{reason}`.
 * A TLS handshake that failed, or a connection too many, leaves nothing to answer on.
 */
export const REJECTIONS: readonly ErrorCode[] = [...ANSWERED, "TLS_FAILED", "CONNECTION_LIMIT"];

function isRejection(code: string): code is Rejection {
  return Object.hasOwn(FAILURES, code);
}

/** The error as a client may see it: what is not meant for clients, with its cause, becomes INTERNAL. */
export function rejection(error: unknown): PortcullisError {
  if (error instanceof PortcullisError && isRejection(error.code)) return error;
  return new PortcullisError("INTERNAL", {
    message: "Portcullis failed to answer.",
    remedy: "Look for INTERNAL in the log of Portcullis: it has the cause.",
    cause: error,
  });
}

/** The `metav1.Status` of an error that `rejection` gave. */
export function statusOf(error: PortcullisError): Status {
  const [code, reason] = FAILURES[isRejection(error.code) ? error.code : "INTERNAL"];
  const message = `${error.message} ${error.remedy}`;
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

/**
 * Answers with the Status. After a 503 the API server tries again (up to ten times, on a new connection that may
 * reach another replica) before the webhook's `failurePolicy` decides.
 */
export function sendStatus(response: ServerResponse, error: PortcullisError): void {
  const status = statusOf(error);
  const text = JSON.stringify(status);
  if (status.code === 503) response.setHeader("Retry-After", "1").setHeader("Connection", "close");
  response.statusCode = status.code;
  response.setHeader("Content-Type", "application/json").setHeader("Content-Length", Buffer.byteLength(text));
  endWithRequest(response, text);
}

/**
 * Sends the text at once, but ends the answer only when the request has ended. To close a connection on which a body is
 * still arriving resets it, and the client then loses the answer that says why. Node's `requestTimeout` bounds the wait.
 */
function endWithRequest(response: ServerResponse, text: string): void {
  const { req: request } = response;
  if (request.complete || request.destroyed) {
    response.end(text);
  } else {
    response.write(text);
    request.once("close", () => response.end()).resume();
  }
}
