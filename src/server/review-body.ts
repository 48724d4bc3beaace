import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import { PortcullisError } from "../error.ts";

/**
 * An AdmissionReview holds at most two objects (the new and the old one), each at most 3 MiB as the API server limits
 * request bodies; the rest is assumed to be below 1 MiB. controller-runtime derives the same 7 MiB
 * (pkg/webhook/admission/http.go).
 */
const MAX_BODY_BYTES = 7 * 1024 * 1024;

const JSON_MEDIA_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/**
 * Reads `request.body` as a Buffer. Fails with REVIEW_MEDIA_TYPE, REVIEW_TOO_LARGE, REVIEW_INVALID (no body) or
 * REQUEST_ABORTED. Handlers in the order in which they are to be used.
 */
export const reviewBody: readonly (RequestHandler | ErrorRequestHandler)[] = [
  requireJson,
  express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false }),
  translateFailure,
];

function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const type = request.headers["content-type"] ?? "";
  if (!JSON_MEDIA_TYPE.test(type)) throw mediaType(`its Content-Type is ${type === "" ? "missing" : type}`);
  next();
}

/** Names what `express.raw` fails with; `type` is how body-parser tells its errors apart. */
function translateFailure(thrown: unknown, _request: Request, _response: Response, next: NextFunction): void {
  next(translated(thrown));
}

function translated(thrown: unknown): unknown {
  const type = thrown instanceof Error && "type" in thrown ? thrown.type : undefined;
  switch (type) {
    case "entity.too.large":
      return new PortcullisError("REVIEW_TOO_LARGE", {
        message: `The body is larger than ${MAX_BODY_BYTES} bytes.`,
        remedy: "Send one AdmissionReview: the API server's own limits keep it below that.",
        cause: thrown,
      });
    case "encoding.unsupported":
      return mediaType("it has a Content-Encoding");
    case "request.aborted":
    case "request.size.invalid":
      return new PortcullisError("REQUEST_ABORTED", {
        message: "The connection ended before the body did.",
        remedy: "Look for a timeout of the client, or a proxy between it and Portcullis.",
        cause: thrown,
      });
    default:
      return thrown;
  }
}

function mediaType(why: string): PortcullisError {
  return new PortcullisError("REVIEW_MEDIA_TYPE", {
    message: `The body is not declared as uncompressed JSON: ${why}.`,
    remedy: "Send `Content-Type: application/json` and no `Content-Encoding`.",
  });
}
