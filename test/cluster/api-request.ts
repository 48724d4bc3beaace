import { request } from "node:https";
import type { ApiServer } from "./identity.ts";

export interface ApiRequest {
  readonly path: string;
  readonly token: string;
  /** Sent with POST as JSON; default: GET. */
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

// A machine that builds at the same time lets an API server that starts wait for seconds.
const PATIENCE_MS = 10_000;

/** One request on a connection of its own. Rejects if the connection is silent for ten seconds. */
export function apiRequest(server: ApiServer, { path, token, body }: ApiRequest): Promise<ApiAnswer> {
  const { host, port, ca } = server;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const method = body === undefined ? "GET" : "POST";
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, ca, path, method, headers, agent: false, timeout: PATIENCE_MS });
    sent.once("timeout", () => sent.destroy(new Error(`no answer from ${host}:${port}`)));
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
