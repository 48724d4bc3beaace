import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { post, postHead, rawClient, type RawClient } from "../../test/raw-client.ts";
import { decided } from "../../test/review-results.ts";
import type { PortcullisError } from "../error.ts";
import type { ReviewResult } from "../workers/review-call.ts";
import { LIMITS, listenHttp, type Listening } from "./listen.ts";
import { webhooks } from "./webhooks.ts";

let server: Listening;
let clients: RawClient[] = [];
let rejected: PortcullisError[] = [];
let reviews: PromiseWithResolvers<ReviewResult>[] = [];

beforeEach(async () => {
  [clients, rejected, reviews] = [[], [], []];
  const app = webhooks({
    // Answers at once, but for the body `held`.
    review: ({ body }) => {
      const review = Promise.withResolvers<ReviewResult>();
      reviews.push(review);
      if (String(body) !== "held") review.resolve(decided("answered"));
      return review.promise;
    },
    record: () => undefined,
    rejected: (error) => void rejected.push(error),
  });
  const setting = { port: 0, flag: "--port", variable: "PORT" };
  const limits = { ...LIMITS, stop: 3_600_000 };
  server = await listenHttp({ app, setting, rejected: (error) => void rejected.push(error), limits });
});
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await server.stop();
});

async function connected(): Promise<RawClient> {
  const client = await rawClient(server.port);
  clients.push(client);
  return client;
}

/** A connection with a request on it. */
async function sent(): Promise<RawClient> {
  const client = await connected();
  client.socket.write(post("/validate", "{}"));
  return client;
}

/** A connection that was used and is idle. */
async function idle(): Promise<RawClient> {
  const client = await sent();
  await client.received(/Connection: keep-alive[^]*answered/);
  return client;
}

describe("draining", () => {
  test("leaves an idle connection to its next request, and closes it with the answer", async () => {
    const client = await idle();
    server.drain();
    // Another is answered meanwhile, so the connection would be closed by now.
    await (await sent()).closed();
    expect(client.socket.readableEnded).toBe(false);
    client.socket.write(post("/validate", "{}"));
    expect(await client.closed()).toMatch(/answered[^]*Connection: close[^]*answered$/);
  });

  test("answers new connections, and closes them with the answer", async () => {
    server.drain();
    const client = await sent();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK[^]*Connection: close[^]*answered$/);
  });

  test("leaves a connection that was opened ahead, and answers on it", async () => {
    const client = await connected();
    server.drain();
    await (await sent()).closed();
    client.socket.write(post("/validate", "{}"));
    expect(await client.closed()).toMatch(/Connection: close[^]*answered$/);
  });

  test.each([
    [
      "half a head",
      "POST /validate HTTP/1.1\r\nHo",
      "st: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ["half a body", `${postHead("/validate", "Content-Length: 2")}{`, "}"],
  ])(
    "waits for a request of which %s has arrived, on a connection that was used before",
    async (_name, half, rest) => {
      const client = await idle();
      client.socket.write(half);
      // Others are answered meanwhile, so these bytes have reached the server.
      await idle();
      server.drain();
      client.socket.write(rest);
      expect(await client.closed()).toMatch(/Connection: close[^]*answered$/);
    },
  );

  test("a request that arrives in the same moment is answered", async () => {
    const client = await idle();
    client.socket.write(post("/validate", "{}"), () => server.drain());
    expect(await client.closed()).toMatch(/Connection: close[^]*answered$/);
  });

  test("an open request gets its answer, which closes the connection", async () => {
    const client = await connected();
    client.socket.write(post("/validate", "held"));
    while (reviews.length === 0) await new Promise(setImmediate);
    server.drain();
    reviews[0]?.resolve(decided("late"));
    expect(await client.closed()).toMatch(/Connection: close[^]*late$/);
  });
});

test("what arrives while the server stops is NOT_READY, and what was open is answered", async () => {
  const client = await connected();
  client.socket.write(`${post("/validate", "held")}${postHead("/validate", "Content-Length: 2")}`);
  const other = await connected();
  other.socket.write("POST /validate HTTP/1.1\r\n");
  // Another is answered meanwhile, so these bytes have reached the server.
  await idle();
  server.drain();
  const stopped = server.stop();
  other.socket.write("Host: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  expect(await other.closed()).toMatch(
    /^HTTP\/1\.1 503[^]*Connection: close[^]*Retry-After: 1[^]*told to stop/,
  );
  expect(rejected.map(({ code }) => code)).toEqual(["NOT_READY"]);
  client.socket.write("{}");
  reviews[0]?.resolve(decided("late"));
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 OK[^]*late/);
  await stopped;
});
