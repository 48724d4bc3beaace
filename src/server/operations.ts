import express, { type Express, type RequestHandler } from "express";
import { failureHandler, methodNotAllowed, routeUnknown, type Rejected } from "./failures.ts";

/** One thing that must hold. */
export interface Check {
  readonly name: string;
  /** Why it does not hold, in a few words; undefined if it does. */
  readonly failure: () => string | undefined;
  /** Whether a failure is only told: the server answers on, but somebody should look. Default false. */
  readonly isRemark?: boolean;
}

export interface OperationsOptions {
  /** What makes a restart worth while if it fails. */
  readonly live: readonly Check[];
  /** What must hold before the API server may send reviews. */
  readonly ready: readonly Check[];
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly rejected: Rejected;
}

/** The app of the metrics port, plain HTTP inside the pod network: `GET /livez`, `/readyz`, `/metrics`. */
export function operations({ live, ready, metrics, rejected }: OperationsOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.get("/livez", report("livez", live));
  app.get("/readyz", report("readyz", ready));
  app.get("/metrics", async (_request, response) => {
    const text = await metrics.text();
    response.setHeader("Content-Type", metrics.contentType).end(text);
  });
  app.all(["/livez", "/readyz", "/metrics"], methodNotAllowed("GET, HEAD"));
  app.use(routeUnknown);
  app.use(failureHandler(rejected));
  return app;
}

/** Every check by name, in the form of kube-apiserver's `/readyz?verbose`, which operators know. */
function report(path: string, checks: readonly Check[]): RequestHandler {
  return (_request, response) => {
    const results = checks.map(({ name, failure, isRemark }) => ({ name, reason: failure(), isRemark }));
    const failed = results.some(({ reason, isRemark }) => reason !== undefined && isRemark !== true);
    const lines = results.map(({ name, reason, isRemark }) => {
      if (reason === undefined) return `[+]${name} ok`;
      return `[-]${name} failed${isRemark === true ? " (does not count)" : ""}: ${reason}`;
    });
    response
      .status(failed ? 503 : 200)
      .setHeader("Content-Type", "text/plain; charset=utf-8")
      .setHeader("Cache-Control", "no-store")
      .end(`${[...lines, `${path} check ${failed ? "failed" : "passed"}`].join("\n")}\n`);
  };
}
