import type { RequestListener } from "node:http";
import express, { type Express } from "express";
import { WEBHOOKS, type Webhook } from "../admission/decision.ts";
import { admissionRoute, type AdmissionOptions, type AdmissionRoute } from "./admission-route.ts";
import { failureHandler, methodNotAllowed, routeUnknown } from "./failures.ts";

/**
 * The app of the HTTPS port: `POST /mutate` and `POST /validate`. Every failure is a JSON `metav1.Status`.
 * Admission calls do not pass through Express (docs/decisions/0017); everything else does.
 */
export function webhooks(options: AdmissionOptions): RequestListener {
  const route = admissionRoute(options);
  const others = otherRequests(options, route);
  return (request, response) => {
    const webhook = request.method === "POST" ? webhookAt(request.url ?? "") : undefined;
    if (webhook === undefined) others(request, response);
    else route(webhook, request, response);
  };
}

const BY_PATH: ReadonlyMap<string, Webhook> = new Map(WEBHOOKS.map((webhook) => [`/${webhook}`, webhook]));

/** The webhook of a URL as the API server sends it: a path and perhaps a query. */
function webhookAt(url: string): Webhook | undefined {
  const query = url.indexOf("?");
  return BY_PATH.get(query === -1 ? url : url.slice(0, query));
}

function otherRequests({ rejected }: AdmissionOptions, route: AdmissionRoute): Express {
  const app = express();
  app.disable("x-powered-by");
  app.enable("case sensitive routing");
  app.enable("strict routing");
  for (const webhook of WEBHOOKS) {
    // A URL with a scheme and a host is another form of the same path, which proxies send.
    app.post(`/${webhook}`, (request, response) => route(webhook, request, response));
    app.all(`/${webhook}`, methodNotAllowed("POST"));
  }
  app.use(routeUnknown);
  app.use(failureHandler(rejected));
  return app;
}
