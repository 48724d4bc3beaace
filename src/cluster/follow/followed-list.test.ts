import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { apiRequests } from "../api/request.ts";
import { followList, type FollowedList } from "./followed-list.ts";

/** An API server with one resource, as far as lists and watches need it. */
let server: Server;
let list: { code: number; version: string; names: readonly string[] };
let lists: number;
let watches: { readonly version: string | null; readonly response: ServerResponse }[];
let followed: FollowedList;
let failures: string[];
let changes: number;
/** What lists wait for before they are answered. */
let held: Promise<void> | undefined;
/** Whether no watch is begun. */
let tooMany: boolean;
let areCredentialsLost: boolean;
/** Whether connections of watches are taken, and nothing is answered. */
let areWatchesMute: boolean;

beforeEach(async () => {
  list = { code: 200, version: "1", names: ["a"] };
  [lists, watches, failures, changes, held, tooMany] = [0, [], [], 0, undefined, false];
  [areCredentialsLost, areWatchesMute] = [false, false];
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (searchParams.get("watch") === "true" && tooMany) return void response.writeHead(429).end();
    if (searchParams.get("watch") === "true" && areWatchesMute) return;
    if (searchParams.get("watch") === "true") {
      response.writeHead(200, { "Content-Type": "application/json" }).flushHeaders();
      watches.push({ version: searchParams.get("resourceVersion"), response });
      return;
    }
    lists += 1;
    void answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});

async function answer(response: ServerResponse): Promise<void> {
  await held;
  const items = list.names.map((name) => ({ metadata: { name, resourceVersion: list.version } }));
  response
    .writeHead(list.code, { "Content-Type": "application/json" })
    .end(JSON.stringify({ metadata: { resourceVersion: list.version }, items }));
}

afterEach(async () => {
  jest.restoreAllMocks();
  followed.stop();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function follow(): void {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}`;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: "c", server: url, skipTLSVerify: true }, { name: "u" });
  kubeConfig.addAuthenticator({
    isAuthProvider: () => true,
    applyAuthentication: () =>
      areCredentialsLost ? Promise.reject(new Error("no token")) : Promise.resolve(),
  });
  const access = { kubeConfig, server: url };
  const resource = { name: "things", path: "/apis/example.com/v1/things" };
  followed = followList(access, apiRequests(access), resource, {
    changed: () => (changes += 1),
    failed: ({ code, message }) => failures.push(`${code} ${message}`),
  });
}

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`it never came; failures: ${failures.join("; ")}`);
    await delay(5);
  }
}

const names = (): readonly string[] =>
  followed
    .objects()
    .map((object) => JSON.stringify(object["metadata"]))
    .toSorted();

function tell(watch: number, type: string, object: unknown): void {
  watches[watch]?.response.write(`${JSON.stringify({ type, object })}\n`);
}

const named = (name: string, resourceVersion: string): unknown => ({ metadata: { name, resourceVersion } });

test("knows what there was, and then every change", async () => {
  follow();
  await followed.known;
  await until(() => watches.length === 1);
  expect([watches[0]?.version, names(), changes]).toEqual(["1", ['{"name":"a","resourceVersion":"1"}'], 0]);
  tell(0, "ADDED", named("b", "2"));
  tell(0, "DELETED", named("a", "3"));
  await until(() => changes === 2);
  expect(names()).toEqual(['{"name":"b","resourceVersion":"2"}']);
});

test("goes on where the watch ended, without a new list", async () => {
  follow();
  await until(() => watches.length === 1);
  await followed.known;
  tell(0, "ADDED", named("b", "7"));
  await until(() => changes === 1);
  watches[0]?.response.end();
  await until(() => watches.length === 2);
  expect([watches[1]?.version, lists, failures]).toEqual(["7", 1, []]);
});

test("lists anew when the API server has forgotten where the watch was", async () => {
  follow();
  await until(() => watches.length === 1);
  list = { code: 200, version: "50", names: ["c"] };
  tell(0, "ERROR", { kind: "Status", code: 410 });
  watches[0]?.response.end();
  await until(() => watches.length === 2);
  expect([watches[1]?.version, names()]).toEqual(["50", ['{"name":"c","resourceVersion":"50"}']]);
});

test("nothing is known before the first list; a resource that is not there yet is told, and tried again", async () => {
  list = { ...list, code: 404 };
  follow();
  await until(() => failures.length === 2);
  let isKnown = false;
  void followed.known.then(() => (isKnown = true));
  await delay(1);
  expect([isKnown, failures[0], followed.failure()?.code]).toEqual([
    false,
    "CLUSTER_REFUSED The cluster has no resource things.",
    "CLUSTER_REFUSED",
  ]);
  list = { ...list, code: 200 };
  await followed.known;
  expect([names(), followed.failure()]).toEqual([['{"name":"a","resourceVersion":"1"}'], undefined]);
});

test("what was known stays known while the API server is away", async () => {
  follow();
  await until(() => watches.length === 1);
  watches[0]?.response.destroy();
  await until(() => failures.length > 0);
  expect(names()).toEqual(['{"name":"a","resourceVersion":"1"}']);
  await until(() => watches.length === 2);
  await until(() => followed.failure() === undefined);
});

test("lists anew after a failure, since the API server may be back with an older state", async () => {
  list = { code: 200, version: "90", names: ["a", "b"] };
  follow();
  await until(() => watches.length === 1);
  await followed.known;
  list = { code: 200, version: "40", names: ["a"] };
  watches[0]?.response.destroy();
  await until(() => watches.length === 2);
  await until(() => changes === 1);
  expect([watches[1]?.version, names()]).toEqual(["40", ['{"name":"a","resourceVersion":"40"}']]);
  tell(1, "ADDED", named("c", "41"));
  await until(() => changes === 2);
  expect(names()).toHaveLength(2);
});

test("goes on where the watch was when the API server has too much to do, without a list", async () => {
  follow();
  await until(() => watches.length === 1);
  await followed.known;
  tell(0, "ADDED", named("b", "7"));
  await until(() => changes === 1);
  tooMany = true;
  watches[0]?.response.end();
  await until(() => failures.length > 1);
  expect([lists, names().length, followed.failure()?.code]).toEqual([1, 2, "CLUSTER_UNREACHABLE"]);
  tooMany = false;
  await until(() => watches.length === 2);
  await until(() => followed.failure() === undefined);
  expect([watches[1]?.version, lists, changes]).toEqual(["7", 1, 1]);
  tell(1, "ADDED", named("c", "8"));
  await until(() => changes === 2);
});

test("tells no change if the new list is the old one", async () => {
  follow();
  await until(() => watches.length === 1);
  await followed.known;
  watches[0]?.response.destroy();
  await until(() => watches.length === 2);
  tell(1, "ADDED", named("b", "2"));
  await until(() => changes > 0);
  expect([lists, changes]).toEqual([2, 1]);
});

/** Watches that are silent end at once, as they would after half a minute, where `ends` says so of that wait. */
function hurrySilence(ends: () => boolean = () => true): void {
  const wait = setTimeout;
  const hurried = (run: (...args: unknown[]) => void, milliseconds?: number, ...args: unknown[]) =>
    wait(run, milliseconds === 30_000 && ends() ? 100 : milliseconds, ...args);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody here promisifies it
  jest.spyOn(globalThis, "setTimeout").mockImplementation(hurried as typeof setTimeout);
}

test("a watch that is never answered is a failure, and lists go on to count", async () => {
  hurrySilence();
  areWatchesMute = true;
  follow();
  await followed.known;
  await until(() => failures.length > 1);
  expect([failures[1], followed.failure()?.code, changes]).toEqual([
    "CLUSTER_UNREACHABLE The watch of things ended: no answer in time.",
    "CLUSTER_UNREACHABLE",
    0,
  ]);
  list = { code: 200, version: "7", names: ["a", "b"] };
  await until(() => changes === 1);
  expect(names()).toEqual(['{"name":"a","resourceVersion":"7"}', '{"name":"b","resourceVersion":"7"}']);
  areWatchesMute = false;
  await until(() => followed.failure() === undefined);
});

test("a watch that was answered and brings nothing is begun again, and is no failure", async () => {
  // Each waits for its answer first, which may take longer on a busy machine, and then for news.
  let waits = 0;
  hurrySilence(() => (waits += 1) % 2 === 0);
  follow();
  await until(() => watches.length === 3);
  expect([lists, failures, followed.failure()]).toEqual([1, [], undefined]);
});

test("says why changes do not arrive until everything is listed again", async () => {
  follow();
  await until(() => watches.length === 1);
  await followed.known;
  const { promise, resolve } = Promise.withResolvers<void>();
  held = promise;
  watches[0]?.response.destroy();
  await until(() => lists === 2);
  expect([followed.failure()?.code, names().length]).toEqual(["CLUSTER_UNREACHABLE", 1]);
  resolve();
  await until(() => followed.failure() === undefined);
});

test("what is no list is told in words", async () => {
  server.removeAllListeners("request");
  server.on("request", (_, response) => response.writeHead(200).end("<html>"));
  follow();
  await until(() => failures.length > 0);
  expect(failures[0]).toBe(
    "CLUSTER_REFUSED The API server was asked for the list of things, and the answer is none.",
  );
});

test.each([[[{}]], [[7]], [[{ metadata: "a" }]]])("a list of %j is none", async (items) => {
  server.removeAllListeners("request");
  const body = JSON.stringify({ metadata: { resourceVersion: "1" }, items });
  server.on("request", (_, response) => response.writeHead(200).end(body));
  follow();
  await until(() => failures.length > 0);
  expect(failures[0]).toContain("the list of things, and the answer is none");
});

test("what a watch brings that is no object is left out", async () => {
  follow();
  await until(() => watches.length === 1);
  await followed.known;
  for (const object of [undefined, 7, {}, { metadata: null }]) tell(0, "ADDED", object);
  tell(0, "ERROR", undefined);
  tell(0, "ADDED", named("b", "2"));
  await until(() => changes > 0);
  expect([names().length, changes, failures]).toEqual([2, 1, []]);
});

test("leaves no watch behind when it ends before the next one begins", async () => {
  follow();
  await until(() => watches.length === 1);
  await followed.known;
  // Without news in between the next watch but one is begun after a second.
  watches[0]?.response.end();
  await until(() => watches.length === 2);
  watches[1]?.response.end();
  await delay(50);
  followed.stop();
  await delay(1_200);
  expect([watches.length, failures]).toEqual([2, []]);
});

test("leaves no watch behind when it ends while it lists", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  held = promise;
  follow();
  await until(() => lists === 1);
  followed.stop();
  resolve();
  await delay(100);
  expect([watches.length, failures]).toEqual([0, []]);
});

test("credentials that cannot be had any more are told like any failure", async () => {
  follow();
  await until(() => watches.length === 1);
  areCredentialsLost = true;
  watches[0]?.response.end();
  await until(() => failures.length > 0);
  expect(failures[0]).toContain("no token");
});
