/** More requests than the server can decide. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { post } from "../raw-client.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import * as life from "./life.ts";

/** More than may wait, fewer than may be connected. */
const FLOOD = 1_500;

let server: RunningServer;

beforeAll(async () => {
  const policies = { "life/loops.rego": life.LOOPING, "life/denies.rego": life.DENYING };
  const { file } = await life.bundleOf(policies);
  server = await startServer(await life.certificates(), ["--policies", file, "--workers=1"]);
});

afterAll(() => server.stop());

async function connection(): Promise<TLSSocket> {
  const socket = connect({ port: server.admissionPort, host: "localhost", ca: server.ca });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}

interface Raw {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Settles with the first answer on a connection; its parts may come one by one. */
function firstAnswer(socket: TLSSocket): Promise<Raw> {
  return new Promise((resolve, reject) => {
    let text = "";
    const look = (): boolean => {
      const [, status, length] = /^HTTP\/1\.1 (\d+) [^]*?\r\nContent-Length: (\d+)\r\n/i.exec(text) ?? [];
      const start = text.indexOf("\r\n\r\n") + 4;
      const isWhole = length !== undefined && start > 3 && text.length - start >= Number(length);
      if (isWhole) resolve({ status: Number(status), head: text.slice(0, start), body: text.slice(start) });
      return isWhole;
    };
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      look();
    });
    socket.once("close", () => look() || reject(new Error(`no answer but ${JSON.stringify(text)}`)));
  });
}

const WAITING = "portcullis_waiting_requests";
const OVERLOADED = 'portcullis_http_rejected_total{reason="OVERLOADED"}';

test("a flood beyond the queue is answered by 503, health and metrics answer meanwhile, and all is well afterwards", async () => {
  const sockets: TLSSocket[] = [];
  while (sockets.length < FLOOD) {
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, connection))));
  }
  const answers = sockets.map(async (socket) => {
    socket.write(post("/validate?timeout=10s", life.podReview({ loop: "x" })));
    return firstAnswer(socket);
  });
  await life.eventually("requests are refused while others wait", async () => {
    const values = await life.metrics(server);
    return [OVERLOADED, WAITING].every((series) => (values.get(series) ?? 0) > 0);
  });
  const pages = await Promise.all(["/livez", "/readyz", "/metrics"].map((page) => server.get(page)));
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200]);

  const byStatus = Map.groupBy(await Promise.all(answers), ({ status }) => status);
  life.tell(
    `a flood of ${FLOOD}: ${[...byStatus].map(([status, { length }]) => `${length} times ${status}`).join(", ")}`,
  );
  const refused = byStatus.get(503) ?? [];
  expect(await life.metric(server, OVERLOADED)).toBe(refused.length);
  for (const { head, body } of refused) {
    expect(head).toMatch(/^Retry-After: 1\r$/im);
    expect(head).toMatch(/^Connection: close\r$/im);
    expect(JSON.parse(body)).toMatchObject({
      apiVersion: "v1",
      kind: "Status",
      status: "Failure",
      code: 503,
    });
  }
  // The others: decided, or too late for whoever asked.
  expect([...byStatus.keys()].filter((status) => ![200, 503, 504].includes(status))).toEqual([]);
  for (const socket of sockets) socket.destroy();

  await life.eventually("nobody waits any more", async () => (await life.metric(server, WAITING)) === 0);
  for (let index = 0; index < 100; index += 1) {
    const isBad = index % 2 === 0;
    const verdict = life.verdictOf(
      await server.post("/validate", life.podReview(isBad ? { bad: "x" } : { good: "x" })),
    );
    expect(verdict.allowed).toBe(!isBad);
  }
});
