/** How a server parts with its clients. */
import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import path from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "../policy-folder.ts";
import { startServer, type HttpAnswer, type RunningServer } from "../running-server.ts";
import { post } from "../raw-client.ts";
import * as life from "./life.ts";

let certificates: string;
let bundle: string;
let server: RunningServer;

beforeAll(async () => {
  certificates = await life.certificates();
  const policies = { "life/loops.rego": life.LOOPING, "life/denies.rego": life.DENYING };
  bundle = (await life.bundleOf(policies)).file;
});

afterEach(async () => {
  server.signal("SIGKILL");
  await server.ended;
});

async function start(drain: number): Promise<void> {
  server = await startServer(certificates, ["--policies", bundle, "--workers=2", `--drain=${drain}`]);
}

/** A connection that carried a request and waits for the next. */
async function idleConnection(): Promise<TLSSocket> {
  const { ca, admissionPort } = server;
  const socket = connect({ port: admissionPort, host: "localhost", ca });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  socket.write(post("/validate", life.podReview({})));
  await once(socket, "data");
  return socket;
}

/**
 * The policy takes a third of what is left of 30 s, so the answer comes after a drain of 6 s. One at a time: a policy that
 * holds both threads is ended after a second.
 */
const longRequest = (): Promise<HttpAnswer> =>
  server.post("/validate?timeout=30s", life.podReview({ loop: "x", bad: "x" }));

/** Unlike `once`, which fails where the end is a reset. */
const untilClosed = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));

const isDraining = async (): Promise<boolean> => (await server.get("/readyz")).status === 503;

test("SIGTERM fails readiness, lets go of connections with their next answer, answers on for the drain time, finishes what is open, and ends with 0", async () => {
  // Time for all that is asked below while it drains.
  await start(6);
  const used = await idleConnection();
  const idle = await Promise.all(Array.from({ length: 5 }, idleConnection));
  const closed = Promise.all(idle.map(untilClosed));
  const before = await server.postAlone("/validate", life.podReview({ bad: "x" }));
  expect(before.headers["connection"]).not.toBe("close");
  const open = longRequest();
  await life.eventually("the open request is at a policy that never ends", isLooping);

  server.signal("SIGTERM");
  await life.eventually("readiness fails", isDraining);
  expect((await server.get("/readyz")).body).toContain("[-]shutdown failed: the server was told to stop");
  expect((await server.get("/livez")).status).toBe(200);
  // Closed before, it could have met a request that is on its way.
  used.write(post("/validate", life.podReview({})));
  expect(await text(used)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n/);

  let answered = 0;
  for (const end = Date.now() + 500; Date.now() < end; answered += 1) {
    const answer = await server.postAlone("/validate", life.podReview({ bad: "x" }));
    expect(answer.headers["connection"]).toBe("close");
    expect(life.verdictOf(answer)).toMatchObject({ allowed: false, status: { code: 403 } });
  }
  expect(answered).toBeGreaterThan(0);
  const answer = await open;
  expect(answer.headers["connection"]).toBe("close");
  expect(life.verdictOf(answer).allowed).toBe(false);
  expect(await server.ended).toBe(0);
  await closed;
  life.tell(`${answered} requests on new connections were answered while the server drained`);
});

/** A worker thread beyond the two is started as soon as one is held up. */
async function isLooping(): Promise<boolean> {
  return (await life.metric(server, "portcullis_workers")) > 2;
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "a second signal, %s, ends a server that would drain for an hour",
  async (second) => {
    await start(3_600);
    server.signal("SIGTERM");
    await life.eventually("readiness fails", isDraining);
    server.signal(second);
    expect(await server.ended).toBe(1);
  },
);

test("a second signal does not wait for requests that are open: they are told to try elsewhere", async () => {
  await start(3_600);
  const open = longRequest();
  await life.eventually("the open request is at a policy that never ends", isLooping);
  server.signal("SIGTERM");
  await life.eventually("readiness fails", isDraining);
  server.signal("SIGTERM");
  expect(await server.ended).toBe(1);
  const { status, headers, body } = await open;
  expect([status, headers["retry-after"], headers["connection"]]).toEqual([503, "1", "close"]);
  expect(JSON.parse(body)).toMatchObject({ kind: "Status", code: 503 });
});

/** More than files and connections take here, and fewer than four threads. */
const MANY_DESCRIPTORS = 8;

/** How many files, connections and other things the server has open; 0 where the system does not tell. */
async function descriptors(): Promise<number> {
  return (await life.metrics(server)).get("process_open_fds") ?? 0;
}

test("a server that is stopped while it loads a change ends all the same", async () => {
  const place = path.join(await temporaryFolder(), "bundle.tar.gz");
  await life.replaceBy(place, bundle);
  const changed = await life.bundleOf({ "life/denies.rego": life.DENYING });
  server = await startServer(certificates, ["--policies", place, "--workers=4", "--drain=0"]);
  const before = await descriptors();
  await life.replaceBy(place, changed.file);
  // Its threads have descriptors of their own while they start. Where that is not told, or over when it is looked at, the
  // series of what decides have changed.
  await life.eventually(
    "the change is being loaded",
    async () =>
      (await descriptors()) > before + MANY_DESCRIPTORS ||
      (await server.get("/metrics")).body.includes(changed.revision),
  );
  server.signal("SIGTERM");
  expect(await server.ended).toBe(0);
});
