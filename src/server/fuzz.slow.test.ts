/**
 * A million bad requests: never HTML, never a stack trace, never `allowed: true` for what could not be read or is denied,
 * never a fault (INTERNAL), never a dead process. Most go straight into the flow or the listener, for speed.
 */
import { once } from "node:events";
import { IncomingMessage, ServerResponse, type RequestListener } from "node:http";
import { connect, Socket } from "node:net";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compileRego } from "../../test/compile-rego.ts";
import { BODIES } from "../../test/hostile/bodies.ts";
import { READ_REQUESTS, REQUESTS, type ReadRequest } from "../../test/hostile/requests.ts";
import { mayBeAllowed, POLICY, REVIEWS } from "../../test/hostile/reviews.ts";
import { decided } from "../../test/review-results.ts";
import { CALL, samplePolicy, sampleSnapshot } from "../../test/samples.ts";
import type { Surroundings } from "../admission/admit.ts";
import { answer } from "../admission/answer.ts";
import type { Webhook } from "../admission/decision.ts";
import { loadEngine } from "../engine/load.ts";
import { LIMITS, listenHttp, type Listening } from "./listen.ts";
import { rejection, statusOf } from "./status.ts";
import { webhooks } from "./webhooks.ts";

const { env } = process;
/** The same each time, so that nobody's change fails for a request never tried before; set `FUZZ_SEED` to try others. */
const SEED = Number(env["FUZZ_SEED"] ?? 1);
/** How many of each kind; a million in all. */
const STRAIGHT: Readonly<Record<keyof typeof BODIES, number>> = {
  "a review with one byte changed": 330_000,
  "a review cut off": 100_000,
  "a review without a piece": 110_000,
  "a review with bytes that are no UTF-8": 60_000,
  "a review with a member too many": 110_000,
  "a review with a part twice": 60_000,
  "any JSON": 50_000,
  "any bytes": 50_000,
  "a compressed review": 19_490,
  "deep nesting": 500,
  "7 MiB of brackets": 10,
};
const THROUGH_LISTENER = 80_000;
const OVER_SOCKETS = 30_000;
/** How many connections are open at once. */
const CLIENTS = 16;
const LIMIT_MS = 600_000;

const LEAK = /<!doctype|<html|<pre|node_modules|\\n\s+at .+:\d+|\n\s+at .+:\d+/i;
const ALLOWED = /"allowed":true/;

const counts = new Map<string, number>();
let surroundings: Surroundings;
let faults: unknown[] = [];
/** Bodies that were read whole and answered by `allowed: true`, though they must not be. */
let wrong: string[] = [];

function count(kind: string, by = 1): void {
  counts.set(kind, (counts.get(kind) ?? 0) + by);
}

/** The answer's text to one body; judges whether it may allow. */
function reviewed(body: Uint8Array, webhook: Webhook): string {
  const given = answer(body, webhook, surroundings, CALL);
  const text = given.kind === "decided" ? given.body : JSON.stringify(statusOf(rejection(given.error)));
  const allowed = ALLOWED.test(text);
  count(given.kind === "decided" ? (allowed ? "= allowed" : "= denied") : `= ${given.error.code}`);
  if (webhook === "validate" && allowed && !mayBeAllowed(body))
    wrong.push(Buffer.from(body).toString("base64"));
  return text;
}

function app(): RequestListener {
  return webhooks({
    review: async ({ webhook, body }) => {
      const given = answer(body, webhook, surroundings, CALL);
      if (given.kind === "rejected") return given;
      if (webhook === "validate" && ALLOWED.test(given.body) && !mayBeAllowed(body))
        wrong.push(Buffer.from(body).toString("base64"));
      return decided(given.body);
    },
    record: () => count("= recorded"),
    rejected: note,
  });
}

function note({ code, cause }: { readonly code: string; readonly cause?: unknown }): void {
  count(`= ${code}`);
  if (code === "INTERNAL") faults.push(cause);
}

beforeAll(async () => {
  const { wasm, data } = await compileRego({ "privileged.rego": POLICY }, ["pod_security/privileged/deny"]);
  // What may be allowed is told by the object alone: by a damaged UPDATE, too, whose old object violates the same.
  const policies = [samplePolicy("pod-security/privileged", { metadata: { updates: "all-violations" } })];
  surroundings = { snapshot: sampleSnapshot({ policies }), engine: loadEngine({ wasm, data }) };
  [faults, wrong] = [[], []];
});

afterAll(() => {
  const lines = [...counts].map(([kind, number]) => `${String(number).padStart(9)}  ${kind}`);
  process.stderr.write(
    `requests of the fuzzer, and what came of them (=), FUZZ_SEED=${SEED}\n${lines.join("\n")}\n`,
  );
});

test("the reviews that are damaged here are denied and allowed as they should be", () => {
  const allowed = REVIEWS.map((text) => ALLOWED.test(reviewed(Buffer.from(text), "validate")));
  expect(allowed).toEqual([false, true, false, true, true]);
  expect(REVIEWS.map((text) => mayBeAllowed(Buffer.from(text)))).toEqual(allowed);
});

describe("straight into the flow", () => {
  test.each(Object.entries(STRAIGHT))("%s: %i", (kind, numRuns) => {
    process.stderr.write(`fuzzing: ${kind} ...\n`);
    const body = BODIES[kind] ?? fc.constant(Buffer.alloc(0));
    fc.assert(
      fc.property(body, (bytes) => {
        count(kind);
        // Every other one to each webhook would halve those that can be denied.
        const webhook = (counts.get(kind) ?? 0) % 8 === 0 ? "mutate" : "validate";
        if (LEAK.test(reviewed(bytes, webhook)) || wrong.length > 0) throw new Error("see the bytes");
      }),
      { seed: SEED, numRuns },
    );
    expect(wrong).toEqual([]);
  });
});

/** Everything that a listener writes for a request that Node has read. */
async function throughListener(listener: RequestListener, read: ReadRequest): Promise<string> {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: read.method, url: read.url, headers: { host: "x", ...read.headers } });
  const response = new ServerResponse(request);
  let text = "";
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that a response needs of its socket
  response.assignSocket(sink as Socket);
  const finished = once(response, "finish");
  listener(request, response);
  for (const piece of read.pieces) if (piece.length > 0) request.push(piece);
  request.complete = true;
  request.push(null);
  await finished;
  response.emit("close");
  return text;
}

test(
  `through the listener, without a connection: ${THROUGH_LISTENER}`,
  async () => {
    process.stderr.write("fuzzing: requests into the listener ...\n");
    const listener = app();
    await fc.assert(
      fc.asyncProperty(READ_REQUESTS, async (read) => {
        count("through the listener");
        expect(unlikeUs(await throughListener(listener, read))).toEqual([]);
      }),
      { seed: SEED, numRuns: THROUGH_LISTENER },
    );
    expect([wrong, faults]).toEqual([[], []]);
  },
  LIMIT_MS,
);

/** What in the bytes that a server sent no server of ours may send. */
function unlikeUs(text: string): readonly string[] {
  const leak = LEAK.exec(text)?.[0];
  // Other answers follow each other without anything between them.
  const bodies = text.split(/(?<!\w)HTTP\/1\.1 (?=\d{3} )/).slice(1);
  const foreign = bodies.filter(
    (each) =>
      !/^(100 |[45]\d\d [^]*"kind":"Status"|200 OK[^]*"kind":"AdmissionReview"|[45]\d\d [^]*\r\n\r\n$)/.test(
        each,
      ),
  );
  return [...(leak === undefined ? [] : [leak]), ...foreign];
}

/** Sends bytes in two pieces, ends, and gives everything that came back. */
async function exchange(port: number, bytes: Buffer, cut: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk)));
  // The server may break what is no HTTP.
  socket.on("error", () => undefined);
  socket.write(bytes.subarray(0, cut));
  socket.end(bytes.subarray(cut));
  // Not `once` of node:events, which rejects where it does.
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

describe("over connections", () => {
  let server: Listening;

  beforeAll(async () => {
    const setting = { port: 0, flag: "--port", variable: "PORT" };
    server = await listenHttp({ app: app(), setting, rejected: note, limits: { ...LIMITS, stop: 1_000 } });
  });
  afterAll(() => server.stop());

  test(
    `${OVER_SOCKETS} requests`,
    async () => {
      process.stderr.write("fuzzing: requests over connections ...\n");
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(REQUESTS, fc.nat()), { minLength: CLIENTS, maxLength: CLIENTS }),
          async (requests) => {
            const texts = await Promise.all(
              requests.map(([{ kind, bytes }, cut]) => {
                count(`over a connection: ${kind}`);
                return exchange(server.port, bytes, cut % (bytes.length + 1));
              }),
            );
            expect(texts.flatMap(unlikeUs)).toEqual([]);
          },
        ),
        { seed: SEED, numRuns: OVER_SOCKETS / CLIENTS },
      );
      expect([wrong, faults]).toEqual([[], []]);
    },
    LIMIT_MS,
  );

  test("and the server still decides", async () => {
    const body = Buffer.from(REVIEWS[0] ?? "");
    const head = `POST /validate HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    expect(await exchange(server.port, Buffer.concat([Buffer.from(head), body]), 9)).toContain(
      '"allowed":false',
    );
  });
});
