import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createAuthority, createServerCertificate, type KeyPair } from "../certificates/certificate.ts";
import { decided } from "../../test/review-results.ts";
import type { PortcullisError } from "../error.ts";
import { LIMITS, listenHttp, listenHttps, type Limits, type Listening } from "./listen.ts";
import type { Review } from "../workers/review-call.ts";
import { webhooks } from "./webhooks.ts";

/** Node's limits so short that a test meets them; a test that waits for `stop` by mistake does not end in time. */
const SHORT: Limits = {
  ...LIMITS,
  headersTimeout: 60,
  requestTimeout: 60,
  connectionsCheckingInterval: 20,
  stop: 3_600_000,
};
/** Long enough for the first bytes to come before the end, also where the machine stands still for a while. */
const HANDSHAKE: Limits = { ...LIMITS, handshakeTimeout: 5_000, stop: 3_600_000 };
/** Stops soon; nothing else happens by itself. */
const STOPPING_SOON: Limits = { ...LIMITS, stop: 60 };
/** Stops only when every connection is gone. */
const STOPPING_LATE: Limits = { ...LIMITS, stop: 3_600_000 };

const POST =
  "POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n";
const REQUEST = "GET /none HTTP/1.1\r\nHost: x\r\n\r\n";
/** The first bytes of a TLS record that says it has 200. */
const HALF_HELLO = Buffer.from([0x16, 3, 1, 0, 200]);

let authority: KeyPair;
let certificate: KeyPair;
let servers: Listening[] = [];
let clients: Socket[] = [];
let rejected: PortcullisError[] = [];
let review: Review;

/** The answer of an echo: how many bytes arrived. */
const echo: Review = ({ body }) => Promise.resolve(decided(JSON.stringify({ bytes: body.length })));

beforeAll(async () => {
  const now = new Date();
  authority = await createAuthority("test CA", 2, now);
  certificate = await createServerCertificate({ dns: ["localhost"], ip: [] }, 1, authority, now);
});
beforeEach(() => {
  [servers, clients, rejected] = [[], [], []];
  review = echo;
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await Promise.all(servers.map((server) => server.stop()));
});

type Protocol = "https" | "http";

const reject = (error: PortcullisError): void => void rejected.push(error);

async function listening(protocol: Protocol, limits: Limits): Promise<Listening> {
  const app = webhooks({ review, record: () => undefined, rejected: reject });
  const options = {
    app,
    setting: { port: 0, flag: "--port", variable: "PORT" },
    rejected: reject,
    limits,
  };
  const server =
    protocol === "https" ? await listenHttps({ ...options, certificate }) : await listenHttp(options);
  servers.push(server);
  return server;
}

type Transport = "tcp" | "tls";

/** A connection that does nothing by itself, not even close when the server has closed its half. */
async function connected(transport: Transport, { port }: Listening): Promise<Socket> {
  // An address and no name: of several addresses, one that answers late would be left for the next, and counted twice.
  const tcp = connectTcp({ port, host: "127.0.0.1", allowHalfOpen: true });
  const client =
    transport === "tcp" ? tcp : connectTls({ socket: tcp, host: "localhost", ca: authority.cert });
  clients.push(client, tcp);
  // A reset is as good an end as any.
  client.on("error", () => undefined);
  await once(client, transport === "tcp" ? "connect" : "secureConnect");
  return client;
}

/** Everything that the server sends until it ends its half. */
async function received(client: Socket): Promise<string> {
  let text = "";
  client.on("data", (chunk) => (text += String(chunk)));
  // Not `once` of node:events, which rejects at a reset.
  if (!client.destroyed)
    await new Promise<void>((resolve) => client.once("end", resolve).once("close", () => resolve()));
  return text;
}

/** Settles when nobody is at the other end any more: a server that has only ended its half still takes bytes. */
async function gone(client: Socket): Promise<void> {
  while (!client.destroyed) {
    client.write("x");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const counted = (): readonly string[] => rejected.map(({ code }) => code);

describe("a connection is given up", () => {
  test("if its TLS handshake does not end in time", async () => {
    const client = await connected("tcp", await listening("https", HANDSHAKE));
    client.write(HALF_HELLO);
    expect(await received(client)).toBe("");
    await gone(client);
    expect(rejected).toMatchObject([
      {
        code: "TLS_FAILED",
        message: "The client did not finish the TLS handshake in time (ERR_TLS_HANDSHAKE_TIMEOUT).",
      },
    ]);
  });

  test.each<[string, Transport, Protocol, Limits]>([
    ["a TCP connection to the HTTPS port", "tcp", "https", { ...SHORT, handshakeTimeout: 60 }],
    ["a TLS connection", "tls", "https", SHORT],
    ["a connection to the HTTP port", "tcp", "http", SHORT],
  ])("silently, if not one byte comes: %s", async (_name, transport, protocol, limits) => {
    const client = await connected(transport, await listening(protocol, limits));
    expect(await received(client)).toBe("");
    expect(counted()).toEqual([]);
  });

  test("if the client reads no answers", async () => {
    const server = await listening("http", { ...LIMITS, timeout: 60 });
    const client = await connected("tcp", server);
    // More answers than the buffers of the system between the two take.
    for (let sent = 0; sent < 100; sent += 1) client.write(REQUEST.repeat(1_000));
    await gone(client);
    expect(client.destroyed).toBe(true);
  });

  test.each<[Transport, Protocol]>([
    ["tls", "https"],
    ["tcp", "http"],
  ])(
    "by %s after bytes that are no HTTP, even if the client keeps its half open",
    async (transport, protocol) => {
      const server = await listening(protocol, STOPPING_LATE);
      const client = await connected(transport, server);
      client.write("nonsense\r\n\r\n");
      expect(await received(client)).toMatch(/^HTTP\/1\.1 400 Bad Request/);
      // It would wait for a connection that the server still holds; a byte more would let the server notice.
      await server.stop();
    },
  );
});

test("beyond the limit a connection is closed and counted, until another one ends", async () => {
  const server = await listening("http", { ...LIMITS, maxConnections: 2 });
  const first = await connected("tcp", server);
  await connected("tcp", server);
  expect(await received(await connected("tcp", server))).toBe("");
  expect(counted()).toEqual(["CONNECTION_LIMIT"]);
  first.destroy();
  let answer = "";
  while (answer === "") {
    const next = await connected("tcp", server);
    next.write(REQUEST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    answer = await received(next);
  }
  expect(answer).toContain("404 Not Found");
});

describe("the answer to what never became a request says what to do", () => {
  test.each<[string, string, string]>([
    ["no HTTP", "nonsense\r\n\r\n", "HPE_INVALID_METHOD). Send HTTP/1.1, over TLS to the admission port"],
    ["half a head", "GET / HTTP/1.1\r\n", "ERR_HTTP_REQUEST_TIMEOUT). Send the whole request within two"],
    [
      "a large head",
      `GET / HTTP/1.1\r\nA: ${"a".repeat(17_000)}\r\n\r\n`,
      "HPE_HEADER_OVERFLOW). Send less than 16",
    ],
    [
      "many headers",
      `GET / HTTP/1.1\r\nHost: x\r\n${"A: b\r\n".repeat(100)}\r\n`,
      "than 100 headers. Send fewer.",
    ],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", "has no Host header. Send one"],
    ["an expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", "100-continue. Leave Expect out."],
  ])("%s", async (_name, bytes, words) => {
    const client = await connected("tls", await listening("https", SHORT));
    client.write(bytes);
    const answer = await received(client);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*Content-Type: application\/json\r\n/);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ kind: "Status", code: 400 });
    expect(answer).toContain(words);
    expect(counted()).toEqual(["HTTP_INVALID"]);
  });

  test("a request that stalls within its body is counted once", async () => {
    const client = await connected("tls", await listening("https", SHORT));
    client.write(`${POST}{`);
    expect(await received(client)).toContain("ERR_HTTP_REQUEST_TIMEOUT");
    await gone(client);
    while (rejected.length === 0) await new Promise(setImmediate);
    expect(counted()).toEqual(["REQUEST_ABORTED"]);
  });
});

test("a client that was refused and then stalls within its body gets no second answer", async () => {
  const client = await connected("tls", await listening("https", SHORT));
  client.write(POST.replace("Length: 9", "Length: 90000000"));
  client.write("some of it");
  const answers = await received(client);
  await gone(client);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413"]);
  expect(counted()).toEqual(["REVIEW_TOO_LARGE"]);
});

test("draining closes a TLS connection with its next answer, used before or opened ahead", async () => {
  const server = await listening("https", STOPPING_LATE);
  const [used, ahead] = [await connected("tls", server), await connected("tls", server)];
  used.write(`${POST}123456789`);
  await once(used, "data");
  server.drain();
  for (const client of [used, ahead]) {
    client.write(`${POST}123456789`);
    expect(await received(client)).toMatch(/200 OK[^]*Connection: close[^]*\{"bytes":9\}/);
  }
  expect(counted()).toEqual([]);
});

/** The certificate that the server presented to a client. */
function presentedTo(client: Socket): string | undefined {
  return client instanceof TLSSocket ? client.getPeerX509Certificate()?.toString() : undefined;
}

test("another certificate is presented to new connections, and the open one goes on", async () => {
  const app = webhooks({ review, record: () => undefined, rejected: reject });
  const setting = { port: 0, flag: "--port", variable: "PORT" };
  const server = await listenHttps({ app, setting, rejected: reject, certificate });
  servers.push(server);
  const open = await connected("tls", server);
  open.write(`${POST}123456789`);
  await once(open, "data");
  let answer = "";
  open.on("data", (chunk) => (answer += String(chunk)));
  const next = await createServerCertificate({ dns: ["localhost"], ip: [] }, 1, authority, new Date());
  server.present(next);
  open.write(`${POST}123456789`);
  await once(open, "data");
  expect(answer).toContain("200 OK");
  const client = await connected("tls", server);
  expect([presentedTo(open), presentedTo(client)]).toEqual([certificate.cert, next.cert]);
});

describe("stopping", () => {
  test.each<[string, Transport, Protocol, string | Buffer]>([
    ["a TCP connection without a handshake", "tcp", "https", ""],
    ["half a handshake", "tcp", "https", HALF_HELLO],
    ["a TLS connection without a request", "tls", "https", ""],
    ["a connection to the HTTP port without a request", "tcp", "http", ""],
  ])("closes %s at once", async (_name, transport, protocol, bytes) => {
    const server = await listening(protocol, STOPPING_LATE);
    const client = await connected(transport, server);
    client.write(bytes);
    await server.stop();
    await gone(client);
    expect(client.destroyed).toBe(true);
    servers = [];
  });

  test.each<[string, Transport, Protocol, string | Buffer]>([
    ["half a head", "tls", "https", "POST /validate HTTP/1.1\r\n"],
    ["half a body", "tls", "https", `${POST}{`],
    ["half a head on the HTTP port", "tcp", "http", "GET /livez HTTP/1.1\r\n"],
  ])("breaks off %s after its time", async (_name, transport, protocol, bytes) => {
    const server = await listening(protocol, STOPPING_SOON);
    const client = await connected(transport, server);
    client.write(bytes);
    // Another connection is answered meanwhile, so these bytes have reached the server.
    const other = await connected(transport, server);
    other.write("nonsense\r\n\r\n");
    await received(other);
    await server.stop();
    await gone(client);
    expect(client.destroyed).toBe(true);
    servers = [];
  });
});
