import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { createAuthority, createServerCertificate, type KeyPair } from "../../certificates/certificate.ts";
import { ApiClock } from "../../cluster/api/clock.ts";
import { apiRequests } from "../../cluster/api/request.ts";
import type { PortcullisError } from "../../error.ts";
import type { Certificate } from "../../server/certificate.ts";
import { CertificateSecret } from "./certificate-secret.ts";

const SERVER = "portcullis.portcullis-system.svc";
/** The API server's; this machine's clock says something else. */
const START = new Date("2026-03-01T12:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Data = Readonly<Record<string, string>>;

let authority: KeyPair;
let first: Data;
let second: Data;

function secretOf({ cert, key }: KeyPair, trusted = authority): Data {
  return { "ca.crt": trusted.cert, "tls.crt": cert, "tls.key": key };
}

function issue(by = authority, name = SERVER): Promise<KeyPair> {
  return createServerCertificate({ dns: [name], ip: [] }, 2, by, START);
}

beforeAll(async () => {
  authority = await createAuthority("test CA", 9, START);
  first = secretOf(await issue());
  second = secretOf(await issue());
});

/** An API server with one Secret, as far as a list and a watch of it need it. */
let api: Server;
let stored: Data | undefined;
let code: number;
let watching: ServerResponse | undefined;
/** Reads beside the watch that get no answer yet; undefined if each gets one at once. */
let unanswered: ServerResponse[] | undefined;
let asked: string[];
let presented: Certificate[];
/** What was counted as refused, and of that what the log was told. */
let counted: PortcullisError[];
let refused: PortcullisError[];
let reloads: Date[];
let failures: string[];
let changes: number;
let version: number;
let monotonic: number;
let certificate: CertificateSecret;

beforeEach(async () => {
  [stored, code, watching, unanswered] = [undefined, 200, undefined, undefined];
  [changes, version, monotonic, counted] = [0, 1, 0, []];
  [asked, presented, refused, reloads, failures] = [[], [], [], [], []];
  api = createServer((request, response) => {
    response.setHeader("Date", START.toUTCString());
    const url = new URL(request.url ?? "/", "http://localhost");
    asked.push(`${url.pathname} ${url.searchParams.get("fieldSelector")}`);
    if (url.searchParams.get("watch") === "true") {
      response.writeHead(code, { "Content-Type": "application/json" }).flushHeaders();
      watching = response;
      return;
    }
    if (url.pathname.endsWith("/portcullis-tls")) {
      if (unanswered === undefined) answerRead(response);
      else unanswered.push(response);
      return;
    }
    const items = stored === undefined ? [] : [object(stored)];
    response.writeHead(code, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ metadata: { resourceVersion: "1" }, items }));
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
});

afterEach(async () => {
  certificate.close();
  api.closeAllConnections();
  api.close();
  await once(api, "close");
});

function answerRead(response: ServerResponse): void {
  const isGone = code === 200 && stored === undefined;
  response.writeHead(isGone ? 404 : code, { "Content-Type": "application/json" });
  response.end(JSON.stringify(stored === undefined ? { kind: "Status" } : object(stored)));
}

function object(data: Data): unknown {
  const encoded: Record<string, string> = {};
  for (const [key, text] of Object.entries(data)) encoded[key] = Buffer.from(text).toString("base64");
  const metadata = {
    name: "portcullis-tls",
    namespace: "portcullis-system",
    resourceVersion: String((version += 1)),
  };
  return { metadata, data: encoded };
}

function follow(interval = HOUR): void {
  const address = api.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const server = `http://127.0.0.1:${address.port}`;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: "c", server, skipTLSVerify: true }, { name: "u" });
  const access = { kubeConfig, server };
  const clock = new ApiClock({ date: () => new Date(0), monotonic: () => monotonic });
  certificate = new CertificateSecret({
    service: { namespace: "portcullis-system", name: "portcullis" },
    access,
    send: clock.setBy(apiRequests(access)),
    clock,
    monotonic: () => monotonic,
    interval,
    telemetry: {
      metrics: { certificateServed: () => undefined },
      certificateReloaded: (notAfter) => reloads.push(notAfter),
      certificateRefused: (error, isNews) => {
        counted.push(error);
        if (isNews) refused.push(error);
      },
      clusterFailed: (resource, error) => failures.push(`${resource} ${error.code}`),
    },
    changed: () => (changes += 1),
  });
  certificate.presented.presentBy(({ cert, key }) => void presented.push({ cert, key }));
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`it never came; failures: ${failures.join("; ")}`);
    await delay(5);
  }
}

async function tell(type: string, data: Data): Promise<void> {
  await until(() => watching !== undefined);
  const before = changes;
  watching?.write(`${JSON.stringify({ type, object: object(data) })}\n`);
  await until(() => changes > before);
}

const pairOf = (data: Data): Certificate => ({
  cert: data["tls.crt"]?.trim() ?? "",
  key: data["tls.key"]?.trim() ?? "",
});
const readiness = () =>
  Object.fromEntries(certificate.presented.checks.map(({ name, failure }) => [name, failure()]));
const READY = { certificate: undefined, "certificate-reload": undefined };

test("waits for the first certificate, asking for one Secret only, and then serves it", async () => {
  follow();
  await until(() => watching !== undefined);
  expect(readiness()).toEqual({
    ...READY,
    certificate: "the Secret portcullis-system/portcullis-tls holds no certificate yet; the leader makes it",
  });
  expect(new Set(asked)).toEqual(
    new Set(["/api/v1/namespaces/portcullis-system/secrets metadata.name=portcullis-tls"]),
  );
  await tell("ADDED", { "tls.crt": "", "tls.key": "" });
  expect([certificate.presented.served, refused]).toEqual([undefined, []]);
  await tell("MODIFIED", first);
  await expect(certificate.presented.first).resolves.toMatchObject(pairOf(first));
  expect([presented, readiness(), reloads]).toEqual([[pairOf(first)], READY, []]);
});

test("presents a changed leaf, and does nothing where only the rest of the Secret changes", async () => {
  stored = first;
  follow();
  await certificate.presented.first;
  await tell("MODIFIED", { ...first, "next-ca.crt": authority.cert });
  await tell("MODIFIED", second);
  expect([presented, reloads]).toEqual([
    [pairOf(first), pairOf(second)],
    [new Date(START.getTime() + 2 * DAY)],
  ]);
});

test.each<readonly [string, () => Promise<Data>, string]>([
  [
    "half a pair",
    async () => ({ ...first, "tls.key": second["tls.key"] ?? "" }),
    "no certificate and its key",
  ],
  ["garbage", async () => ({ ...first, "tls.crt": "see the vault" }), "no certificate and its key"],
  ["nothing", async () => ({ ...first, "tls.crt": "", "tls.key": "" }), "missing"],
  ["another name", async () => secretOf(await issue(authority, "localhost")), "other names"],
  [
    "an authority that does not match",
    async () => secretOf(await issue(), await createAuthority("other", 9, START)),
    "no authority that callers are told to trust",
  ],
])(
  "keeps the last good certificate before %s, and tells of it when nobody has mended it",
  async (_, wrong, why) => {
    stored = first;
    follow(5);
    await certificate.presented.first;
    stored = await wrong();
    await tell("MODIFIED", stored);
    const { length } = asked;
    await until(() => asked.length > length + 3);
    // A leader mends it in less than a minute, and tells of it then.
    expect([presented, counted]).toEqual([[pairOf(first)], []]);
    expect(readiness()).toEqual({
      ...READY,
      "certificate-reload": expect.stringMatching(/^CERTIFICATE_UNREADABLE; .* still served/),
    });
    monotonic += MINUTE;
    // Each look counts, and one is told.
    await until(() => counted.length > 2);
    monotonic += MINUTE;
    await tell("MODIFIED", stored);
    expect(presented).toEqual([pairOf(first)]);
    expect(refused.map(({ code: each, message }) => [each, message])).toEqual([
      ["CERTIFICATE_UNREADABLE", expect.stringContaining(why)],
    ]);
    stored = first;
    await tell("MODIFIED", first);
    expect(readiness()).toEqual(READY);
    // Who was told that it was refused is told that it is not any more.
    expect(reloads).toHaveLength(1);
  },
);

test("tells nothing of what is mended in less than a minute", async () => {
  stored = first;
  follow();
  await certificate.presented.first;
  await tell("MODIFIED", { ...first, "tls.crt": "", "tls.key": "" });
  monotonic += MINUTE - 1;
  await tell("MODIFIED", { ...first, "tls.crt": "", "tls.key": "" });
  await tell("MODIFIED", first);
  expect([counted, reloads, readiness()]).toEqual([[], [], READY]);
});

test("says in readiness what is wrong with a Secret that holds no good certificate from the start", async () => {
  stored = { ...first, "tls.key": second["tls.key"] ?? "" };
  follow();
  const why = "tls.crt and tls.key are no certificate and its key";
  // Until it is listed nothing is known of it.
  await until(() => readiness()["certificate"]?.includes("holds no certificate yet") === false);
  expect(readiness()["certificate"]).toContain(why);
});

test("takes over what its watch does not tell of, as after etcd was restored from a backup", async () => {
  stored = first;
  follow(5);
  await certificate.presented.first;
  await until(() => watching !== undefined);
  stored = second;
  await until(() => presented.length > 1);
  expect([presented, changes]).toEqual([[pairOf(first), pairOf(second)], 0]);
  stored = undefined;
  code = 500;
  const { length } = asked;
  await until(() => asked.length > length + 2);
  expect([presented.length, readiness()]).toEqual([2, READY]);
});

test("keeps the last good certificate when the Secret is deleted", async () => {
  stored = first;
  follow();
  await certificate.presented.first;
  await tell("DELETED", first);
  expect([certificate.presented.served, readiness()]).toEqual([
    expect.objectContaining(pairOf(first)),
    READY,
  ]);
});

test("keeps the last good certificate when the Secret is not found any more, and takes the next", async () => {
  stored = first;
  follow(5);
  await certificate.presented.first;
  stored = undefined;
  const { length } = asked;
  await until(() => asked.length > length + 2);
  expect([certificate.presented.served, readiness()]).toEqual([
    expect.objectContaining(pairOf(first)),
    READY,
  ]);
  stored = second;
  await until(() => presented.length > 1);
  expect(presented[1]).toEqual(pairOf(second));
});

test("reads once at a time, and leaves no read behind", async () => {
  unanswered = [];
  stored = first;
  follow(1);
  await certificate.presented.first;
  await until(() => unanswered?.length === 1);
  await delay(50);
  expect(unanswered).toHaveLength(1);
  unanswered.splice(0).forEach(answerRead);
  await until(() => unanswered?.length === 1);
  const [response] = unanswered;
  if (response === undefined) throw new Error("nothing is asked");
  let isClosed = false;
  response.once("close", () => (isClosed = true));
  certificate.close();
  // Long before its deadline.
  await until(() => isClosed);
  expect(response.writableFinished).toBe(false);
});

test("expires by the clock of the API server, half a minute early", async () => {
  stored = first;
  follow();
  await certificate.presented.first;
  monotonic += 2 * DAY - 60_000;
  expect(readiness()).toEqual(READY);
  monotonic += 31_000;
  expect(readiness()["certificate"]).toMatch(/expires at .*; the leader renews it/);
});

test("says why it cannot be followed, and goes on trying", async () => {
  code = 403;
  follow();
  await until(() => failures.length > 0);
  expect([failures[0], readiness()["certificate"]]).toEqual([
    "secrets CLUSTER_FORBIDDEN",
    expect.stringContaining("did not list secrets"),
  ]);
  [code, stored] = [200, first];
  await certificate.presented.first;
  expect(readiness()).toEqual(READY);
});

test("a certificate that outlives its authority ends with it", async () => {
  const pair = await createServerCertificate({ dns: [SERVER], ip: [] }, 90, authority, START);
  follow();
  await tell("ADDED", first);
  await tell("MODIFIED", secretOf(pair));
  expect(reloads).toEqual([new Date(START.getTime() + 9 * DAY)]);
  monotonic += 9 * DAY;
  expect(readiness()["certificate"]).toContain(
    "the certificate that is served expires at 2026-03-10T12:00:00.000Z",
  );
});
