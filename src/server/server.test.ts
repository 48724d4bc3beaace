import { once } from "node:events";
import {
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createAuthority, createServerCertificate, type KeyPair } from "../certificates/certificate.ts";
import { decided, RECORD } from "../../test/review-results.ts";
import type { DecisionRecord } from "../telemetry/decision-record.ts";
import type { ReviewCall, ReviewResult } from "../workers/review-call.ts";
import { PortcullisError } from "../error.ts";
import { listenHttp, listenHttps, type Listening } from "./listen.ts";
import { noBundle } from "./not-ready.ts";
import { operations } from "./operations.ts";
import { webhooks } from "./webhooks.ts";

const anyPort = { port: 0, flag: "--port", variable: "PORT" };
const json = { "content-type": "application/json" };
const MIB = 1024 * 1024;

let authority: KeyPair;
let certificate: KeyPair;
let server: Listening;
let review: (call: ReviewCall) => ReviewResult | Promise<ReviewResult>;
let recorded: [DecisionRecord, number][] = [];
let rejected: PortcullisError[] = [];
const reject = (error: PortcullisError): void => void rejected.push(error);

/** The answer of an echo: how many bytes arrived. */
function echo({ body }: ReviewCall): ReviewResult {
  return decided(JSON.stringify({ bytes: body.length }));
}

beforeAll(async () => {
  const now = new Date();
  authority = await createAuthority("test CA", 2, now);
  certificate = await createServerCertificate({ dns: ["localhost"], ip: ["127.0.0.1"] }, 1, authority, now);
});

beforeEach(async () => {
  review = echo;
  recorded = [];
  rejected = [];
  const app = webhooks({
    review: async (sent) => review(sent),
    record: (record, seconds) => void recorded.push([record, seconds]),
    rejected: reject,
  });
  server = await listenHttps({ app, setting: anyPort, certificate, rejected: reject });
});
afterEach(() => server.stop());

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

function call({ method = "POST", path = "/validate", headers = json, body, agent }: Call): Promise<Reply> {
  const options = { port: server.port, host: "localhost", path, method, headers, ca: authority.cert };
  return replyTo(httpsRequest({ ...options, agent: agent ?? new Agent({ keepAlive: false }) }), body);
}

async function replyTo(request: ClientRequest, body?: string | Buffer): Promise<Reply> {
  const response = await new Promise<IncomingMessage>((resolve, fail) => {
    request.once("response", resolve).once("error", fail).end(body);
  });
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

function failureOf(socket: Socket): Promise<Error> {
  return new Promise((resolve) => socket.once("error", resolve));
}

function expectStatus(reply: Reply, code: number, reason: string): void {
  expect(reply.headers["content-type"]).toBe("application/json");
  expect(reply.headers["x-powered-by"]).toBeUndefined();
  expect(JSON.parse(reply.text)).toEqual({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: expect.stringMatching(/\.$/),
    reason,
    code,
  });
  expect(reply.status).toBe(code);
  expect(reply.text).not.toMatch(/node_modules|\.ts:|<html/i);
}

describe("POST /validate", () => {
  test("gives the body's bytes to the review and its text back, and records the decision once", async () => {
    const answer = await call({ body: '{"a":"ü"}' });
    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([
      200,
      '{"bytes":10}',
      "application/json",
    ]);
    expect(answer.headers["x-powered-by"]).toBeUndefined();
    expect(recorded.map(([record]) => record)).toEqual([RECORD]);
    expect(recorded[0]?.[1]).toBeGreaterThan(0);
    expect(rejected).toEqual([]);
  });

  test("takes the API server's deadline in the query, a charset of UTF-8, and a review of just 7 MiB", async () => {
    const headers = { "content-type": "application/json; charset=UTF-8" };
    const answer = await call({ path: "/validate?timeout=10s", headers, body: Buffer.alloc(7 * MIB, 32) });
    expect(answer.text).toBe(`{"bytes":${7 * MIB}}`);
  });

  test("an empty body reaches the review, which says what is wrong with it", async () => {
    expect((await call({})).text).toBe('{"bytes":0}');
  });

  test.each<[string, Call, [number, string, string]]>([
    ["an unknown path", { path: "/Validate" }, [404, "NotFound", "ROUTE_UNKNOWN"]],
    ["another method", { method: "GET" }, [405, "MethodNotAllowed", "METHOD_NOT_ALLOWED"]],
    ["OPTIONS", { method: "OPTIONS" }, [405, "MethodNotAllowed", "METHOD_NOT_ALLOWED"]],
    [
      "YAML",
      { headers: { "content-type": "application/yaml" }, body: "a" },
      [415, "UnsupportedMediaType", "REVIEW_MEDIA_TYPE"],
    ],
    ["no content type", { headers: {}, body: "a" }, [415, "UnsupportedMediaType", "REVIEW_MEDIA_TYPE"]],
    [
      "UTF-16",
      { headers: { "content-type": "application/json; charset=utf-16" }, body: "a" },
      [415, "UnsupportedMediaType", "REVIEW_MEDIA_TYPE"],
    ],
    [
      "compression",
      { headers: { ...json, "content-encoding": "gzip" }, body: "a" },
      [415, "UnsupportedMediaType", "REVIEW_MEDIA_TYPE"],
    ],
    [
      "a byte more than 7 MiB",
      { body: Buffer.alloc(7 * MIB + 1) },
      [413, "RequestEntityTooLarge", "REVIEW_TOO_LARGE"],
    ],
    [
      "a large body without a length",
      { headers: { ...json, "transfer-encoding": "chunked" }, body: Buffer.alloc(9 * MIB) },
      [413, "RequestEntityTooLarge", "REVIEW_TOO_LARGE"],
    ],
  ])("refuses %s with a JSON Status and counts it", async (_name, sent, [code, reason, counted]) => {
    expectStatus(await call(sent), code, reason);
    expect(rejected.map((error) => error.code)).toEqual([counted]);
    expect(recorded).toEqual([]);
  });

  test("names the method that it takes", async () => {
    expect((await call({ method: "PUT" })).headers["allow"]).toBe("POST");
  });

  test("a body that is no AdmissionReview is 400 with the reason", async () => {
    const error = new PortcullisError("REVIEW_INVALID", { message: "It is no review.", remedy: "Send one." });
    review = () => ({ kind: "rejected", error });
    const answer = await call({ body: "{}" });
    expectStatus(answer, 400, "BadRequest");
    expect(answer.text).toContain("It is no review. Send one.");
    expect(rejected).toEqual([error]);
  });

  test("a fault of Portcullis is 500, its cause goes to the log and not to the client", async () => {
    const fault = new TypeError("secret internals");
    review = () => {
      throw fault;
    };
    const answer = await call({ body: "{}" });
    expectStatus(answer, 500, "InternalError");
    expect(answer.text).not.toContain("secret internals");
    expect(rejected.map(({ code, cause }) => [code, cause])).toEqual([["INTERNAL", fault]]);
  });

  test("an error that no client can do anything about is 500 as well", async () => {
    const error = new PortcullisError("WASM_INVALID", { message: "broken", remedy: "rebuild" });
    review = () => ({ kind: "rejected", error });
    expectStatus(await call({ body: "{}" }), 500, "InternalError");
    expect(rejected[0]?.cause).toBe(error);
  });

  test("503 asks the API server to come back on another connection, also after a large body", async () => {
    review = () => ({ kind: "rejected", error: noBundle() });
    const answer = await call({ body: Buffer.alloc(6 * MIB), agent: new Agent({ keepAlive: true }) });
    expectStatus(answer, 503, "ServiceUnavailable");
    expect([answer.headers["retry-after"], answer.headers["connection"]]).toEqual(["1", "close"]);
  });

  test("a client that goes away before its body ends is counted and nobody else notices", async () => {
    const socket = connect({ port: server.port, host: "localhost", ca: authority.cert });
    await once(socket, "secureConnect");
    const head =
      "POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\nabc";
    socket.write(head, () => socket.destroy());
    await once(socket, "close");
    expect((await call({ body: "{}" })).status).toBe(200);
    while (rejected.length === 0) await new Promise(setImmediate);
    expect(rejected.map(({ code }) => code)).toEqual(["REQUEST_ABORTED"]);
  });

  test("what is not HTTP gets a JSON Status too", async () => {
    const socket = connect({ port: server.port, host: "localhost", ca: authority.cert });
    socket.write("nonsense\r\n\r\n");
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*"reason":"BadRequest"/);
    expect(rejected.map(({ code }) => code)).toEqual(["HTTP_INVALID"]);
  });
});

describe("the HTTPS server", () => {
  test("speaks TLS 1.2 or later and HTTP/1.1, and refuses TLS 1.1", async () => {
    const options = { port: server.port, host: "localhost", ca: authority.cert };
    const socket = connect({ ...options, ALPNProtocols: ["h2", "http/1.1"] });
    await once(socket, "secureConnect");
    expect([socket.alpnProtocol, socket.getProtocol()]).toEqual(["http/1.1", "TLSv1.3"]);
    socket.destroy();
    // SECLEVEL 0 lets this client offer TLS 1.1 at all; the refusal must come from the server.
    const old = connect({
      ...options,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT:@SECLEVEL=0",
    });
    const error = await failureOf(old);
    expect(String(error)).toMatch(/alert protocol version/);
  });

  test("keeps a connection for the next request longer than the API server does", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await call({ body: "{}", agent })).headers["keep-alive"]).toBe("timeout=120");
    agent.destroy();
  });

  test("a port in use is PORT_TAKEN and names the ways to choose another", async () => {
    const setting = { ...anyPort, port: server.port };
    const taken = listenHttps({ app: () => {}, setting, certificate, rejected: reject });
    await expect(taken).rejects.toMatchObject({
      code: "PORT_TAKEN",
      message: `Port ${server.port} is in use by another process.`,
      remedy: expect.stringMatching(/`--port`.*`PORT=`/),
    });
  });

  test("stopping lets an open request finish, closes its connection and refuses new ones", async () => {
    const socket = connect({ port: server.port, host: "localhost", ca: authority.cert });
    await once(socket, "secureConnect");
    socket.write(
      "POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nab",
    );
    // Another request is answered meanwhile, so the half one has reached the server.
    await call({ body: "{}" });
    const stopped = server.stop();
    // The server reads what has arrived before it closes its port.
    await new Promise(setImmediate);
    // An address and no name, whose several addresses would each fail with an error of their own.
    const refused = await failureOf(connectTcp({ port: server.port, host: "127.0.0.1" }));
    expect(refused).toMatchObject({ code: "ECONNREFUSED" });
    socket.write("cd");
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[^]*Connection: close[^]*\{"bytes":4\}$/);
    await stopped;
    server = await listenHttps({ app: () => {}, setting: anyPort, certificate, rejected: reject });
  });
});

describe("the metrics port", () => {
  let operating: Listening;
  let failure: string | undefined;
  beforeEach(async () => {
    failure = undefined;
    const app = operations({
      live: [{ name: "ping", failure: () => undefined }],
      ready: [
        { name: "bundle", failure: () => failure },
        { name: "certificate", failure: () => undefined },
      ],
      metrics: { contentType: "text/plain; version=0.0.4", text: () => Promise.resolve("x_total 1\n") },
      rejected: reject,
    });
    const setting = { port: 0, flag: "--metrics-port", variable: "METRICS_PORT" };
    operating = await listenHttp({ app, setting, rejected: reject });
  });
  afterEach(() => operating.stop());

  function get(path: string, method = "GET"): Promise<Reply> {
    return replyTo(httpRequest({ port: operating.port, host: "localhost", path, method, agent: false }));
  }

  test("readyz names every check, and 503 says which failed and why", async () => {
    expect(await get("/readyz")).toMatchObject({
      status: 200,
      text: "[+]bundle ok\n[+]certificate ok\nreadyz check passed\n",
    });
    failure = "no bundle was loaded";
    expect(await get("/readyz")).toMatchObject({
      status: 503,
      text: "[-]bundle failed: no bundle was loaded\n[+]certificate ok\nreadyz check failed\n",
    });
    expect(await get("/livez")).toMatchObject({ status: 200, text: "[+]ping ok\nlivez check passed\n" });
  });

  test("metrics come with Prometheus' media type", async () => {
    const answer = await get("/metrics");
    expect([answer.text, answer.headers["content-type"]]).toEqual([
      "x_total 1\n",
      "text/plain; version=0.0.4",
    ]);
  });

  test.each([
    ["/validate", "POST", 404, "NotFound"],
    ["/metrics", "POST", 405, "MethodNotAllowed"],
  ])("%s with %s is %i, as a JSON Status", async (path, method, code, reason) => {
    const answer = await get(path, method);
    expect(answer.status).toBe(code);
    expectStatus(answer, code, reason);
  });
});
