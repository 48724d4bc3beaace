import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as requestOf } from "node:https";
import path from "node:path";
import type { ApiServer } from "../cluster/identity.ts";
import { certificates } from "../life/life.ts";

export interface PretendedAnswer {
  readonly status: number;
  readonly body: object;
}

export interface PretendedApiServer {
  readonly server: ApiServer;
  stop(): void;
}

/**
 * Gives answers that a real API server would give only after years, or at the wrong moment. What `answer` gives
 * undefined for goes on to the API server `behind` it, or is not found.
 */
export async function pretendApiServer(
  answer: (method: string, url: string) => PretendedAnswer | undefined,
  behind?: ApiServer,
): Promise<PretendedApiServer> {
  const folder = await certificates();
  const file = (name: string): Promise<string> => readFile(path.join(folder, name), "utf8");
  const server = createServer(
    { cert: await file("tls.crt"), key: await file("tls.key") },
    (incoming, outgoing) => {
      const { method = "", url = "" } = incoming;
      const given = answer(method, url);
      if (given !== undefined) write(outgoing, given);
      else if (behind === undefined) write(outgoing, status(404, "not found"));
      else forward(incoming, outgoing, behind);
    },
  ).listen(0, "localhost");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    server: { host: "localhost", port: address.port, ca: await file("ca.crt") },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A `metav1.Status` as the answer. */
export function status(code: number, message: string): PretendedAnswer {
  return { status: code, body: { apiVersion: "v1", kind: "Status", status: "Failure", code, message } };
}

function write(outgoing: ServerResponse, { status: code, body }: PretendedAnswer): void {
  outgoing.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, { host, port, ca }: ApiServer): void {
  const { method, url } = incoming;
  // Also what its certificate is checked for.
  const headers = { ...incoming.headers, host: `${host}:${port}` };
  const sent = requestOf({ host, port, ca, method, path: url, headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 0, response.headers);
    response.pipe(outgoing);
  });
  sent.once("error", (error) => outgoing.destroy(error));
  incoming.pipe(sent);
}
