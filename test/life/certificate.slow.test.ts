/** The certificate of a running server is renewed, spoilt, left to expire and renewed again. */
import { once } from "node:events";
import { X509Certificate } from "node:crypto";
import path from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  createAuthority,
  createServerCertificate,
  type KeyPair,
} from "../../src/certificates/certificate.ts";
import { mountVolume } from "../mounted-volume.ts";
import { policyFolder, temporaryFolder } from "../policy-folder.ts";
import { post } from "../raw-client.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import * as life from "./life.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Half a minute, in which readiness fails already, and long enough for the server to take it over on a busy machine. */
const SHORT_LIFE_MS = 45_000;

const SUCCESSES = 'portcullis_certificate_reloads_total{result="success"}';
const FAILURES = 'portcullis_certificate_reloads_total{result="failure"}';
const EXPIRY = "portcullis_certificate_expiry_timestamp_seconds";

let authority: KeyPair;
let folder: string;
let first: KeyPair;
let server: RunningServer;
/** Opened before anything changes, and used after each change. */
let kept: TLSSocket;

beforeAll(async () => {
  authority = await createAuthority("test CA", 9, new Date());
  first = await issue(2 * DAY_MS);
  folder = await temporaryFolder();
  await mount(first);
  const policies = await policyFolder({ "life/denies.rego": life.DENYING });
  server = await startServer(folder, ["--policies", policies, "--drain", "0"]);
  kept = await connected();
});

afterAll(async () => {
  kept.destroy();
  await server.stop();
});

function issue(milliseconds: number): Promise<KeyPair> {
  const names = { dns: ["localhost"], ip: [] } as const;
  return createServerCertificate(names, milliseconds / DAY_MS, authority, new Date());
}

function mount({ cert, key }: KeyPair): Promise<void> {
  return mountVolume(folder, { "ca.crt": authority.cert, "tls.crt": cert, "tls.key": key });
}

async function connected(): Promise<TLSSocket> {
  const socket = connect({ port: server.admissionPort, host: "localhost", ca: authority.cert });
  await once(socket, "secureConnect");
  return socket;
}

/** What a new connection is shown. */
async function presented(): Promise<string | undefined> {
  const socket = await connected();
  const certificate = socket.getPeerX509Certificate()?.toString();
  socket.destroy();
  return certificate;
}

/** Fails if the connection that was kept has ended. */
async function answeredOnKept(): Promise<boolean> {
  const received = once(kept, "data", { signal: AbortSignal.timeout(30_000) });
  kept.write(post("/validate", life.podReview({ bad: "yes" })));
  return String(await received).startsWith("HTTP/1.1 200 OK");
}

/** Sends the first half of a request now and the other one later; gives the answer then. */
async function begunRequest(): Promise<() => Promise<string>> {
  const socket = await connected();
  const request = post("/validate", life.podReview({ bad: "yes" }));
  const middle = request.length - 40;
  socket.write(request.slice(0, middle));
  return async () => {
    const received = once(socket, "data", { signal: AbortSignal.timeout(30_000) });
    socket.write(request.slice(middle));
    const answer = String(await received);
    socket.destroy();
    return answer;
  };
}

const logged = (message: string): readonly unknown[] =>
  server.log.filter((line) => line.includes(message)).map((line): unknown => JSON.parse(line));

const expiryOf = ({ cert }: KeyPair): number => new X509Certificate(cert).validToDate.getTime() / 1_000;

test("a renewed Secret is presented to new connections, twice in a row, and no connection is dropped", async () => {
  expect(await life.metric(server, EXPIRY)).toBe(expiryOf(first));
  for (const renewal of [1, 2]) {
    const next = await issue(2 * DAY_MS + renewal * 60_000);
    expect(await answeredOnKept()).toBe(true);
    await mount(next);
    await life.eventually("the renewal is presented", async () => (await presented()) === next.cert);
    expect(await answeredOnKept()).toBe(true);
    expect(await life.metric(server, SUCCESSES)).toBe(renewal);
    expect(await life.metric(server, EXPIRY)).toBe(expiryOf(next));
  }
  expect(kept.getPeerX509Certificate()?.toString()).toBe(first.cert);
  expect(logged("certificate reloaded")).toHaveLength(2);
});

test("a request that is under way while two renewals come is answered on its connection", async () => {
  const finish = await begunRequest();
  for (const days of [3, 4]) {
    const next = await issue(days * DAY_MS);
    await mount(next);
    await life.eventually("the renewal is presented", async () => (await presented()) === next.cert);
  }
  const answer = await finish();
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(answer).toContain('"allowed":false');
});

test("two renewals at once, of which the first is never seen whole, end with the second", async () => {
  const [one, other] = await Promise.all([issue(5 * DAY_MS), issue(6 * DAY_MS)]);
  const failures = await life.metric(server, FAILURES);
  await mount(one);
  await mount(other);
  await life.eventually("the last is presented", async () => (await presented()) === other.cert);
  expect(await answeredOnKept()).toBe(true);
  expect(await life.metric(server, EXPIRY)).toBe(expiryOf(other));
  expect(await life.metric(server, FAILURES)).toBe(failures);
});

test("a wrong pair is refused, told, and leaves the one before it", async () => {
  const before = await presented();
  const failures = await life.metric(server, FAILURES);
  const [one, other] = await Promise.all([issue(DAY_MS), issue(DAY_MS)]);
  await mount({ cert: one.cert, key: other.key });
  await life.eventually("it is refused", async () => (await life.metric(server, FAILURES)) === failures + 1);
  expect(await presented()).toBe(before);
  expect(await answeredOnKept()).toBe(true);
  const { status, body } = await server.get("/readyz");
  expect([status, body]).toEqual([
    200,
    expect.stringMatching(/^\[-\]certificate-reload failed \(does not count\): CERTIFICATE_UNREADABLE; /m),
  ]);
  expect(logged("certificate refused")).toEqual([
    expect.objectContaining({
      level: "error",
      code: "CERTIFICATE_UNREADABLE",
      reason: expect.stringContaining("are no certificate and its key"),
      position: { file: path.join(folder, "tls.crt") },
    }),
  ]);
  expect(server.log.join("\n")).not.toContain("PRIVATE KEY");
  await mount(one);
  await life.eventually("the right pair is presented", async () => (await presented()) === one.cert);
  expect((await server.get("/readyz")).body).toContain("[+]certificate-reload ok");
});

test("a certificate that is about to expire fails readiness while it is still accepted, until it is renewed", async () => {
  const short = await issue(SHORT_LIFE_MS);
  await mount(short);
  await life.eventually(
    "it is taken over",
    async () => (await life.metric(server, EXPIRY)) === expiryOf(short),
  );
  await life.eventually("readiness fails", async () => (await server.get("/readyz")).status === 503);
  expect((await server.get("/readyz")).body).toMatch(
    /^\[-\]certificate failed: the certificate that is served expires at .*tls\.crt$/m,
  );
  expect(await life.metric(server, EXPIRY)).toBeLessThan(Date.now() / 1_000 + 30);
  expect((await server.get("/livez")).status).toBe(200);
  expect(await presented()).toBe(short.cert);
  const renewed = await issue(DAY_MS);
  await mount(renewed);
  await life.eventually("readiness is back", async () => (await server.get("/readyz")).status === 200);
  expect(await presented()).toBe(renewed.cert);
  expect(await answeredOnKept()).toBe(true);
});
