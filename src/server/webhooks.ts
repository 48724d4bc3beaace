import { performance } from "node:perf_hooks";
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import type { Answer } from "../admission/answer.ts";
import { WEBHOOKS, type Decision, type Webhook } from "../admission/decision.ts";
import { PortcullisError } from "../error.ts";
import { answerFailure, methodNotAllowed, routeUnknown, type Rejected } from "./failures.ts";
import { reviewBody } from "./review-body.ts";

/** What the webhooks need from those who wire them. */
export interface WebhooksOptions {
  /**
   * Bytes of an AdmissionReview in, answer out; undefined while there is nothing to decide with, which is answered by
   * 503. What it throws is answered as INTERNAL.
   */
  readonly review: (webhook: Webhook, body: Uint8Array) => Answer | undefined;
  /** Called once for each decision, after the answer; seconds since the request's head was read. */
  readonly record: (decision: Decision, seconds: number) => void;
  readonly rejected: Rejected;
}

/** The app of the HTTPS port: `POST /mutate` and `POST /validate`. Every failure is a JSON `metav1.Status`. */
export function webhooks(options: WebhooksOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.enable("case sensitive routing");
  app.enable("strict routing");
  app.use(noteStart);
  for (const webhook of WEBHOOKS) {
    app.post(`/${webhook}`, ...reviewBody, answerReview(webhook, options));
    app.all(`/${webhook}`, methodNotAllowed("POST"));
  }
  app.use(routeUnknown);
  app.use(answerFailure(options.rejected));
  return app;
}

function noteStart(_request: Request, response: Response, next: NextFunction): void {
  response.locals["start"] = performance.now();
  next();
}

function answerReview(webhook: Webhook, { review, record }: WebhooksOptions): RequestHandler {
  return (request, response) => {
    const start = Number(response.locals["start"]);
    const body: unknown = request.body;
    const answer = review(webhook, body instanceof Uint8Array ? body : new Uint8Array());
    // Asked after the body was read: a connection that is closed with bytes unread loses the 503 on its way.
    if (answer === undefined) throw notReady();
    if (answer.kind === "rejected") throw answer.error;
    // `close` follows the last byte, or the loss of the connection: a decision is recorded either way, and once.
    response.once("close", () => record(answer.decision, (performance.now() - start) / 1000));
    response.setHeader("Content-Type", "application/json");
    response.end(answer.body);
  };
}

function notReady(): PortcullisError {
  return new PortcullisError("NOT_READY", {
    message: "Portcullis has no bundle to decide with yet.",
    remedy: "Try again in a second; /readyz on the metrics port says what is missing.",
  });
}
