/** Who may send AdmissionReviews where `--client-ca` says so. */
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createAuthority, createServerCertificate, type KeyPair } from "../certificates/certificate.ts";
import { createClientCertificate, type ClientCertificate } from "../../test/client-certificate.ts";
import { post, postHead } from "../../test/raw-client.ts";
import { decided } from "../../test/review-results.ts";
import type { PortcullisError } from "../error.ts";
import { LIMITS, listenHttps, type ListeningHttps } from "./listen.ts";
import type { Review } from "../workers/review-call.ts";
import { webhooks } from "./webhooks.ts";

const HOUR_MS = 60 * 60 * 1_000;
const now = new Date();

let authority: KeyPair;
let other: KeyPair;
let serverCertificate: KeyPair;
let client: KeyPair;

beforeAll(async () => {
  authority = await createAuthority("clients", 2, now);
  // The same name and another key, as of one that was renewed.
  other = await createAuthority("clients", 2, now);
  serverCertificate = await issueServer();
  client = await createClientCertificate(authority, { subject: "CN=kube-apiserver" });
});

let server: ListeningHttps;
let clients: TLSSocket[];
let rejected: PortcullisError[];
let asked: number;
let clock: number;

beforeEach(() => {
  [clients, rejected, asked, clock] = [[], [], 0, now.getTime()];
});
afterEach(async () => {
  for (const socket of clients) socket.destroy();
  await server.stop(0);
});

function issueServer(): Promise<KeyPair> {
  return createServerCertificate({ dns: ["localhost"], ip: [] }, 1, authority, now);
}

function count(error: PortcullisError): void {
  rejected.push(error);
}

const review: Review = () => {
  asked += 1;
  return Promise.resolve(decided('{"answer":"yes"}'));
};

async function listen(names: readonly string[] = [], limits = LIMITS): Promise<void> {
  server = await listenHttps({
    limits,
    app: webhooks({ review, record: () => undefined, rejected: count }),
    setting: { port: 0, flag: "--port", variable: "PORT" },
    certificate: serverCertificate,
    rejected: count,
    clients: { ca: [authority.cert], names, now: () => clock },
  });
}

const POST = post("/validate", "{}");

interface Talk {
  readonly answer: string;
}

/** A connection of its own on which a text is sent as soon as the client can. */
async function talk(options: ConnectionOptions, text = POST): Promise<Talk> {
  const socket = open(options);
  let answer = "";
  // A reset is as good an end as any.
  socket.on("error", () => undefined);
  socket.once("secureConnect", () => socket.write(text));
  const { promise: done, resolve } = Promise.withResolvers<void>();
  socket.once("close", resolve).on("data", (chunk) => {
    answer += String(chunk);
    if (answer.includes("}")) resolve();
  });
  await done;
  return { answer };
}

function open(options: ConnectionOptions): TLSSocket {
  const socket = connect({ port: server.port, host: "localhost", ca: authority.cert, ...options });
  clients.push(socket);
  return socket;
}

const withClient = (given: ClientCertificate, by = authority): Promise<KeyPair> =>
  createClientCertificate(by, given);

const told = (): readonly string[] => rejected.map(({ code, message }) => `${code} ${message}`);

test("a client with a certificate of the authority is answered", async () => {
  await listen();
  expect((await talk(client)).answer).toContain("200 OK");
  expect([asked, told()]).toEqual([1, []]);
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)(
  "by %s a client is answered by 403, and told why, that presents",
  (version) => {
    const late = new Date(now.getTime() + HOUR_MS);
    const gone = new Date(now.getTime() - HOUR_MS);
    const early = new Date(gone.getTime() - HOUR_MS);
    test.each<[string, () => Promise<Partial<KeyPair>>, RegExp]>([
      [
        "no certificate",
        async () => ({}),
        /^The client presents no certificate, which --client-ca requires\.$/,
      ],
      ["another authority of that name", () => withClient({}, other), /from no authority of --client-ca \(/],
      [
        "an authority of its own",
        () => createAuthority("mine", 1, now),
        /certificate of the client .* \([A-Z_]+\)\.$/,
      ],
      ["one for servers", () => withClient({ usage: "serverAuth" }), /not for clients \(INVALID_PURPOSE\)/],
      [
        "one that has expired",
        () => withClient({ notBefore: early, notAfter: gone }),
        /not valid now \(CERT_HAS_EXPIRED\)/,
      ],
      ["one that is not valid yet", () => withClient({ notBefore: late }), /not valid now \(CERT_NOT_YET_/],
    ])("%s", async (_name, given, message) => {
      await listen();
      const { answer } = await talk({ ...(await given()), maxVersion: version });
      expect(rejected).toMatchObject([{ code: "CLIENT_FORBIDDEN", message: expect.stringMatching(message) }]);
      expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*Connection: close\r\n/);
      expect(answer).toContain(`${rejected[0]?.message} ${rejected[0]?.remedy}`);
      expect(asked).toBe(0);
    });
  },
);

describe("of the names, one must be the client's", () => {
  test.each<[string, ClientCertificate, readonly string[], boolean]>([
    ["its common name", { subject: "CN=kube-apiserver, O=x" }, ["front", "kube-apiserver"], true],
    ["a DNS name of it", { dns: ["web.example", "api.example"] }, ["api.example"], true],
    ["none", { subject: "CN=kubelet", dns: ["node.example"] }, ["kube-apiserver", "api.example"], false],
    ["only a part", { subject: "CN=kube-apiserver-2", dns: ["api.example.org"] }, ["api.example"], false],
    ["another case", { subject: "CN=KUBE-APISERVER" }, ["kube-apiserver"], false],
    ["a wildcard of its own", { dns: ["*.example"] }, ["api.example"], false],
    ["an organization", { subject: "CN=x, O=kube-apiserver" }, ["kube-apiserver"], false],
    ["one of several common names", { subject: "CN=x, CN=kube-apiserver" }, ["kube-apiserver"], false],
    ["a text with a common name in it", { subject: "CN=x\\, CN=kube-apiserver" }, ["kube-apiserver"], false],
  ])("%s", async (_name, given, names, isAnswered) => {
    await listen(names);
    const { answer } = await talk(await withClient(given));
    expect(answer).toContain(isAnswered ? "200 OK" : "403 Forbidden");
    expect([asked, rejected.map(({ code }) => code)]).toEqual(
      isAnswered ? [1, []] : [0, ["CLIENT_FORBIDDEN"]],
    );
  });

  test("or the answer is 403 before a body has come, and says what to do", async () => {
    await listen(["front"]);
    const { answer } = await talk(client, postHead("/validate", "Content-Length: 1000000"));
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*Connection: close\r\n/);
    expect(answer).toContain("add its common name or a DNS name of it with --client-name");
    expect(told()).toHaveLength(1);
  });

  test("on every path", async () => {
    await listen(["front"]);
    const { answer } = await talk(client, "GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(answer).toContain("403 Forbidden");
  });
});

test("a body that still comes does not take the reason from whoever may not ask", async () => {
  await listen();
  const body = "x".repeat(1_000_000);
  const { answer } = await talk({}, post("/validate", body));
  expect(answer).toContain("presents no certificate");
});

test("the connection of a stranger ends as a handshake does that takes too long, and no other", async () => {
  await listen([], { ...LIMITS, handshakeTimeout: 5_000 });
  const known = open(client);
  await once(known, "secureConnect");
  const texts = [
    "",
    "POST /validate HTTP/1.1\r\nHost: x\r\n",
    postHead("/validate", "Content-Length: 1000000"),
  ];
  await Promise.all(
    texts.map(async (text) => {
      const socket = open({});
      socket.on("error", () => undefined).resume();
      await once(socket, "secureConnect");
      socket.write(text);
      await new Promise((resolve) => socket.once("close", resolve));
    }),
  );
  known.write(POST);
  expect(String((await once(known, "data"))[0])).toContain("200 OK");
  expect(asked).toBe(1);
});

describe("a session is not resumed", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("by %s, also not under other authorities", async (version) => {
    await listen();
    const first = open({ ...client, maxVersion: version });
    let session: Buffer | undefined;
    first.on("session", (given: Buffer) => (session = given));
    await once(first, "secureConnect");
    first.write(POST);
    await once(first, "data");
    session ??= first.getSession();
    const again = open({ ...client, maxVersion: version, ...(session && { session }) });
    await once(again, "secureConnect");
    expect(again.isSessionReused()).toBe(false);
    server.trust([other.cert]);
    const { answer } = await talk({ ...client, maxVersion: version, ...(session && { session }) });
    expect(answer).toContain("403 Forbidden");
  });
});

test("by TLS 1.2 nobody presents another certificate later", async () => {
  await listen();
  const socket = open({ ...client, maxVersion: "TLSv1.2" });
  await once(socket, "secureConnect");
  const { promise: outcome, resolve } = Promise.withResolvers<unknown>();
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  socket.renegotiate({}, (error) => resolve(error ?? "renegotiated"));
  expect(await outcome).toBe("ERR_SSL_NO_RENEGOTIATION");
});

describe("other authorities", () => {
  test("count for new connections at once, and take the old ones out", async () => {
    await listen();
    const before = open(client);
    await once(before, "secureConnect");
    before.write(POST);
    await once(before, "data");
    server.trust([other.cert]);
    before.write(POST);
    const answer: unknown = (await once(before, "data"))[0];
    // The API server tries again after that, on a new connection.
    expect(String(answer)).toMatch(/503 Service Unavailable[^]*Connection: close[^]*checked again/);
    expect((await talk(client)).answer).toContain("403 Forbidden");
    expect((await talk(await withClient({}, other))).answer).toContain("200 OK");
    expect(told()).toEqual([
      expect.stringMatching(/^NOT_READY /),
      expect.stringMatching(/^CLIENT_FORBIDDEN The certificate of the client comes from no authority/),
    ]);
  });

  test("do not let in a handshake that had begun before", async () => {
    await listen();
    const socket = connectTcp({ port: server.port, host: "localhost" });
    await once(socket, "connect");
    // Whoever comes later is answered, so that connection is taken, and with it the authorities that it is checked against.
    await talk(client);
    server.trust([other.cert]);
    expect((await talk({ ...client, socket })).answer).toContain("503 Service Unavailable");
    expect(asked).toBe(1);
  });

  test("stay where the server's own certificate changes, and so does the demand for a certificate", async () => {
    await listen();
    const next = await issueServer();
    server.present(next);
    expect((await talk({})).answer).toContain("403 Forbidden");
    expect((await talk(await withClient({}, other))).answer).toContain("403 Forbidden");
    expect((await talk(client)).answer).toContain("200 OK");
  });

  test("leave the server's own certificate as it is", async () => {
    await listen();
    server.trust([authority.cert, other.cert]);
    const socket = open(client);
    await once(socket, "secureConnect");
    expect(socket.getPeerX509Certificate()?.toString()).toBe(serverCertificate.cert);
    expect((await talk(client)).answer).toContain("200 OK");
  });
});

test("a connection whose certificate expires meanwhile must be made anew", async () => {
  await listen();
  const socket = open(client);
  await once(socket, "secureConnect");
  socket.write(POST);
  expect(String((await once(socket, "data"))[0])).toContain("200 OK");
  clock += 2 * HOUR_MS;
  socket.write(POST);
  expect(String((await once(socket, "data"))[0])).toContain("503 Service Unavailable");
  expect(asked).toBe(1);
});
