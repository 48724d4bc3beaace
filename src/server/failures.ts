import type { ServerResponse } from "node:http";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { PortcullisError } from "../error.ts";
import { rejection, sendStatus } from "./status.ts";

/** Told of every request that did not become a decision; INTERNAL carries its cause. */
export type Rejected = (error: PortcullisError) => void;

/** The last route of an app. */
export const routeUnknown: RequestHandler = (request) => {
  throw new PortcullisError("ROUTE_UNKNOWN", {
    message: `There is nothing at ${request.path}.`,
    remedy:
      "Use /mutate or /validate on the webhook port, or /livez, /readyz and /metrics on the metrics port.",
  });
};

/** The last handler of a path that takes other methods only. `allow` as in the header of that name. */
export function methodNotAllowed(allow: string): RequestHandler {
  return (request, response) => {
    response.setHeader("Allow", allow);
    throw new PortcullisError("METHOD_NOT_ALLOWED", {
      message: `${request.path} does not take ${request.method}.`,
      remedy: `Use ${allow}.`,
    });
  };
}

/** Answers a request that failed with a JSON Status, whatever was thrown. */
export function answerFailure(response: ServerResponse, thrown: unknown, rejected: Rejected): void {
  const error = rejection(thrown);
  rejected(error);
  // Part of an answer was sent: the connection breaks, so that the client does not take it for whole.
  if (response.headersSent) response.destroy();
  else sendStatus(response, error);
}

/** The error handler of an app. Express needs to see four parameters. */
export function failureHandler(rejected: Rejected): ErrorRequestHandler {
  return (thrown: unknown, _request, response, _next) => answerFailure(response, thrown, rejected);
}
