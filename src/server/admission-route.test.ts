import { performance } from "node:perf_hooks";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { post, postHead, rawClient } from "../../test/raw-client.ts";
import { decided, RECORD } from "../../test/review-results.ts";
import type { PortcullisError } from "../error.ts";
import type { Review, ReviewCall, ReviewResult } from "../workers/review-call.ts";
import { listenHttp, type Listening } from "./listen.ts";
import { webhooks } from "./webhooks.ts";

/** Small, so that a test fills it: three bodies of 64 KiB and a bit. */
const MEMORY = 200 * 1024;
const MIB = 1024 * 1024;

let server: Listening;
let review: Review;
let calls: ReviewCall[] = [];
let recorded: unknown[] = [];
let rejected: PortcullisError[] = [];

const codes = (): readonly string[] => rejected.map(({ code }) => code);

/** Says which call this was and how many bytes it had. */
function told({ body }: ReviewCall): ReviewResult {
  return decided(JSON.stringify({ call: calls.length, bytes: body.length }));
}

beforeEach(async () => {
  [calls, recorded, rejected] = [[], [], []];
  review = async (call) => told(call);
  const app = webhooks({
    review: (call) => {
      calls.push(call);
      return review(call);
    },
    record: (record) => void recorded.push(record),
    rejected: (error) => void rejected.push(error),
    bodyMemory: MEMORY,
  });
  const setting = { port: 0, flag: "--port", variable: "PORT" };
  server = await listenHttp({ app, setting, rejected: (error) => void rejected.push(error) });
});
afterEach(() => server.stop());

/** Settles when something has become true. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test("the review is told its webhook, and a deadline before the API server's own", async () => {
  const client = await rawClient(server.port);
  const before = performance.now();
  client.socket.write(post("/mutate?timeout=2s", "{}"));
  await client.received(/"bytes":2/);
  const after = performance.now();
  client.socket.destroy();
  expect(calls.map(({ webhook, body }) => [webhook, String(body)])).toEqual([["mutate", "{}"]]);
  expect(calls[0]?.deadline).toBeGreaterThanOrEqual(before + 1_900);
  expect(calls[0]?.deadline).toBeLessThanOrEqual(after + 1_900);
});

test("a URL with a scheme and a host is the same path, and keeps its timeout", async () => {
  const client = await rawClient(server.port);
  client.socket.write(post("https://portcullis.svc/validate?timeout=1s", "{}"));
  expect(await client.received(/"bytes":2/)).toContain("200 OK");
  client.socket.destroy();
  expect(calls[0]?.deadline).toBeLessThanOrEqual(performance.now() + 950);
});

test.each([
  ["with a length", ["Content-Length: 6"], ["ab", "c", "def"]],
  ["in chunks", ["Transfer-Encoding: chunked"], ["2\r\na", "b\r\n4;x=y\r\ncd", "ef\r", "\n0\r\n\r\n"]],
])("a body %s that comes in pieces arrives whole", async (_name, headers, pieces) => {
  const client = await rawClient(server.port);
  client.socket.setNoDelay(true);
  client.socket.write(postHead("/validate", ...headers));
  for (const piece of pieces) {
    client.socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await client.received(/"bytes":6/);
  client.socket.destroy();
  expect(calls.map(({ body }) => String(body))).toEqual(["abcdef"]);
});

test("pipelined requests are answered in their order, whichever is decided first", async () => {
  const first = Promise.withResolvers<ReviewResult>();
  review = (call) => (calls.length === 1 ? first.promise : Promise.resolve(told(call)));
  const client = await rawClient(server.port);
  client.socket.write(post("/validate", "1") + post("/validate", "22") + post("/none", ""));
  await until(() => rejected.length === 1);
  expect([calls.length, client.text()]).toEqual([2, ""]);
  first.resolve(decided("first"));
  expect(await client.received(/404 Not Found/)).toMatch(/first[^]*"bytes":2[^]*404 Not Found/);
  client.socket.destroy();
});

test("a decision is recorded once if its connection is lost before it, or while its answer waits for its turn", async () => {
  const first = Promise.withResolvers<ReviewResult>();
  review = (call) => (calls.length === 1 ? first.promise : Promise.resolve(told(call)));
  const client = await rawClient(server.port);
  client.socket.write(post("/validate", "1") + post("/validate", "22"));
  await until(() => calls.length === 2);
  expect(recorded).toEqual([]);
  client.socket.destroy();
  await until(() => recorded.length === 1);
  first.resolve(decided("first"));
  await until(() => recorded.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([recorded, rejected]).toEqual([[RECORD, RECORD], []]);
});

test("a review that fails is INTERNAL, and the connection takes another request", async () => {
  review = (call) => (calls.length === 1 ? Promise.reject(new Error("secret")) : Promise.resolve(told(call)));
  const client = await rawClient(server.port);
  client.socket.write(post("/validate", "1"));
  await client.received(/"code":500/);
  client.socket.write(post("/validate", "22"));
  expect(await client.received(/"bytes":2/)).not.toContain("secret");
  client.socket.destroy();
  expect(codes()).toEqual(["INTERNAL"]);
});

test.each([
  ["a length that is too large", 413, ["Content-Length: 1000000000"], Buffer.alloc(MIB)],
  // A chunk of 1 MiB, again and again.
  [
    "chunks without end",
    503,
    ["Transfer-Encoding: chunked"],
    Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(MIB), Buffer.from("\r\n")]),
  ],
])("a client that goes on sending reads why its body is refused: %s", async (_name, code, headers, bytes) => {
  const client = await rawClient(server.port);
  client.socket.write(postHead("/validate", "Connection: close", ...headers));
  // As much as fits into the buffers of the system between the two, many times over: nothing is reset meanwhile.
  for (let sent = 0; sent < 40; sent += 1) {
    if (!client.socket.write(bytes)) await new Promise((resolve) => client.socket.once("drain", resolve));
  }
  expect(await client.received(/"code":\d+\}/)).toContain(`HTTP/1.1 ${code}`);
  expect(client.socket.closed).toBe(false);
  client.socket.destroy();
  expect(codes()).toHaveLength(1);
});

test("bodies beyond the memory for all of them are OVERLOADED, until others have their answers", async () => {
  const held = Promise.withResolvers<void>();
  review = async (call) => {
    await held.promise;
    return told(call);
  };
  const large = " ".repeat(90 * 1024);
  const first = await rawClient(server.port);
  first.socket.write(post("/validate", large));
  await until(() => calls.length === 1);
  const second = await rawClient(server.port);
  second.socket.write(post("/validate", large));
  const answer = await second.closed();
  expect(answer).toMatch(/^HTTP\/1\.1 503[^]*Retry-After: 1\r\n[^]*Connection: close\r\n[^]*"code":503/);
  expect(codes()).toEqual(["OVERLOADED"]);
  held.resolve();
  await first.received(/"bytes":92160/);
  first.socket.write(post("/validate", large));
  await first.received(/"call":2/);
  first.socket.destroy();
});

test("what is lost on the way gives its memory back", async () => {
  for (let round = 0; round < 10; round += 1) {
    const client = await rawClient(server.port);
    client.socket.write(postHead("/validate", `Content-Length: ${MIB}`) + "x".repeat(64 * 1024));
    // Another request is answered meanwhile, so these bytes have reached the server.
    const other = await rawClient(server.port);
    other.socket.write(post("/validate", "{}"));
    await other.received(/"bytes":2/);
    client.socket.destroy();
    other.socket.destroy();
    await until(() => rejected.length === round + 1);
  }
  expect(new Set(codes())).toEqual(new Set(["REQUEST_ABORTED"]));
});

test("a client that asks first whether to send its body is told to, or why not", async () => {
  const client = await rawClient(server.port);
  client.socket.write(postHead("/validate", "Expect: 100-continue", "Content-Length: 2"));
  await client.received(/100 Continue/);
  client.socket.write("{}");
  await client.received(/200 OK[^]*"bytes":2/);
  client.socket.write(postHead("/validate", "Expect: 100-continue", "Content-Length: 9000000"));
  await client.received(/413 Payload Too Large/);
  client.socket.destroy();
  expect([calls.length, codes()]).toEqual([1, ["REVIEW_TOO_LARGE"]]);
});
