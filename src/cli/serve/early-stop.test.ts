/** A server that is not ready yet: SIGTERM, and what changes meanwhile. */
import { EventEmitter, once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { ensureDevelopmentCertificates } from "../../../certs/development-certificates.ts";
import { freePort } from "../../../test/cluster/free-port.ts";
import { policyFolder, temporaryFolder } from "../../../test/policy-folder.ts";
import { runCommand } from "../run-command.ts";

const POLICIES = {
  "own/name.rego": 'package own.name\n\ndeny contains "x" if input.request.object.kind == "Pod"\n',
};

const LISTED = /\/(namespaces|policybindings|secrets)(\?|$)/;

const Secret = z.looseObject({ metadata: z.looseObject({}) });
const Lease = z.looseObject({ spec: z.looseObject({ holderIdentity: z.string() }) });

let folder: string;
let signals: EventEmitter;
/** Who holds the Lease, as it was written; "" for nobody. */
let holders: string[];
let apiServer: Server;
/** Lets the API server take the Secret, and its watch tell of it. */
let takeSecret: PromiseWithResolvers<void>;

beforeEach(async () => {
  folder = await temporaryFolder();
  await ensureDevelopmentCertificates(folder, new Date());
  [signals, holders] = [new EventEmitter(), []];
  takeSecret = Promise.withResolvers();
});
afterEach(() => {
  apiServer.close();
  apiServer.closeAllConnections();
});

/** An API server that knows Leases, and how it answers everything else. */
async function startApiServer(others: "refused" | "unanswered" | "empty lists"): Promise<void> {
  let lease: object | undefined;
  const secrets = new Secrets();
  apiServer = createServer((request, response) => {
    const answer = (code: number, body: object): void => {
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const { method, url = "" } = request;
    const isLease = url.includes("/leases");
    if (!isLease && others === "unanswered") return;
    if (others === "empty lists" && LISTED.test(url)) answerListed(request, response, secrets);
    else if (!isLease) answer(404, {});
    else if (method === "GET") answer(lease === undefined ? 404 : 200, lease ?? {});
    else
      void json(request).then((written) => {
        const { spec } = Lease.parse(written);
        holders.push(spec.holderIdentity);
        const stored = { spec, metadata: { resourceVersion: String(holders.length) } };
        lease = stored;
        answer(method === "POST" ? 201 : 200, stored);
      });
  }).listen(0, "127.0.0.1");
  await once(apiServer, "listening");
}

/** The Secret is made when `takeSecret` says so. */
class Secrets {
  readonly #watches: ServerResponse[] = [];

  watched(response: ServerResponse): void {
    this.#watches.push(response);
  }

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metadata, ...rest } = Secret.parse(await json(request));
    await takeSecret.promise;
    const object = { ...rest, metadata: { ...metadata, resourceVersion: "2" } };
    response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(object));
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
  }
}

function answerListed(request: IncomingMessage, response: ServerResponse, secrets: Secrets): void {
  const { method, url = "" } = request;
  if (method !== "GET") void secrets.take(request, response);
  else if (url.includes("watch=true")) {
    response.writeHead(200).flushHeaders();
    if (url.includes("/secrets")) secrets.watched(response);
  } else response.writeHead(200).end(JSON.stringify({ metadata: { resourceVersion: "1" }, items: [] }));
}

async function kubeconfig(): Promise<string> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a TCP port
  const { port } = apiServer.address() as AddressInfo;
  const file = path.join(folder, "kubeconfig");
  const named = { name: "one" };
  // Otherwise the client's library speaks HTTPS only.
  const plain = { "insecure-skip-tls-verify": true };
  const config = {
    clusters: [{ ...named, cluster: { server: `http://127.0.0.1:${port}`, ...plain } }],
    users: [{ ...named, user: {} }],
    contexts: [{ ...named, context: { cluster: "one", user: "one" } }],
    "current-context": "one",
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

interface Serving {
  readonly code: Promise<number>;
  readonly stderr: () => string;
  /** The answer of /readyz; undefined while nobody listens. */
  readonly readyz: () => Promise<string | undefined>;
  readonly metrics: () => Promise<string | undefined>;
}

async function serve(...args: readonly string[]): Promise<Serving> {
  const metricsPort = await freePort("127.0.0.1");
  let stderr = "";
  const ports = ["--port=0", `--metrics-port=${metricsPort}`, "--workers=1"];
  const code = runCommand({
    argv: ["node", "portcullis", "serve", ...ports, ...args],
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    stdin: Readable.from([]),
    stdout: { write: () => undefined },
    stderr: { write: (text: string) => (stderr += text) },
    signals,
  });
  const get = async (page: string): Promise<string | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${metricsPort}/${page}`).catch(() => undefined);
    return answer?.text();
  };
  return { code, stderr: () => stderr, readyz: () => get("readyz"), metrics: () => get("metrics") };
}

const inFiles = (): readonly string[] => [
  `--cert=${path.join(folder, "tls.crt")}`,
  `--key=${path.join(folder, "tls.key")}`,
];

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await delay(10);
}

describe("SIGTERM ends a server with 0 that waits", () => {
  test("for the cluster, and releases the Lease", async () => {
    await startApiServer("unanswered");
    const cluster = ["--cluster", `--kubeconfig=${await kubeconfig()}`, "--keep-webhooks"];
    const server = await serve(...cluster, ...inFiles());
    await until(() => holders.length > 0);
    await until(async () => (await server.readyz())?.includes("[-]cluster failed") === true);
    signals.emit("SIGTERM");
    expect(await server.code).toBe(0);
    expect(server.stderr()).toContain("stopping: the server was not ready yet");
    expect([holders[0], holders.at(-1)]).toEqual([expect.stringMatching(/./), ""]);
  });

  test("for its certificate", async () => {
    await startApiServer("unanswered");
    const cluster = ["--cluster", `--kubeconfig=${await kubeconfig()}`, "--manage-certificates"];
    const server = await serve(...cluster);
    await until(async () => (await server.readyz())?.includes("[-]certificate failed") === true);
    signals.emit("SIGINT");
    expect(await server.code).toBe(0);
  });

  test("for its policies", async () => {
    await startApiServer("refused");
    const policies = await policyFolder(POLICIES);
    const server = await serve(...inFiles(), `--policies=${policies}`);
    await until(async () => (await server.readyz())?.includes("[-]policies failed") === true);
    signals.emit("SIGTERM");
    expect(await server.code).toBe(0);
    expect(server.stderr()).not.toContain("Portcullis is ready");
  });
});

test("a server that waits for its certificate loads what changes, and is ready with that", async () => {
  await startApiServer("empty lists");
  const policies = await policyFolder(POLICIES);
  const cluster = ["--cluster", `--kubeconfig=${await kubeconfig()}`, "--manage-certificates"];
  const server = await serve(`--policies=${policies}`, "--drain=0", ...cluster);
  const loaded = async (): Promise<string | undefined> =>
    /portcullis_bundle_info\{revision="([^"]*)"\}/.exec((await server.metrics()) ?? "")?.[1];
  await until(async () => (await loaded()) !== undefined);
  const before = await loaded();
  await writeFile(path.join(policies, "own", "name.rego"), `${POLICIES["own/name.rego"]}# changed\n`);
  await until(async () => ![before, undefined].includes(await loaded()));
  expect(await server.readyz()).toContain("[-]certificate failed");
  takeSecret.resolve();
  await until(() => server.stderr().includes("Portcullis is ready"));
  expect(server.stderr()).toContain(`1 policy, bundle ${await loaded()}\n`);
  signals.emit("SIGTERM");
  expect(await server.code).toBe(0);
});

test("nobody listens for signals any more when the command has ended", async () => {
  await startApiServer("unanswered");
  const server = await serve("--cluster", `--kubeconfig=${await kubeconfig()}`, ...inFiles());
  await until(async () => (await server.readyz()) !== undefined);
  signals.emit("SIGTERM");
  await server.code;
  expect(signals.eventNames()).toEqual([]);
});
