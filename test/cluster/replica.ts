/** One `portcullis serve` beside a local control plane. */
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { metricValues } from "../contract/metric-values.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ControlPlane } from "./control-plane.ts";
import { HOST } from "./flags.ts";
import { freePort } from "./free-port.ts";
import { failureError, lastLines } from "./logs.ts";
import type { StartedProcess } from "./processes.ts";

/** A program of the project's sources, and what Node.js gets before it. */
export const PROGRAM = [
  "--disable-warning=ExperimentalWarning",
  resolve(import.meta.dirname, "../../src/main.ts"),
] as const;

export interface ReplicaToStart {
  /** Names its log file; no other process of the control plane may have it. */
  readonly name: string;
  /** What `portcullis serve` gets beside its ports, which are told here because one of the arguments may name them. */
  readonly args: (ports: Ports) => readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Of one replica, on loopback. */
interface Ports {
  readonly admissionPort: number;
  readonly metricsPort: number;
}

export interface Replica extends Ports, StartedProcess {
  readonly name: string;
  /** Standard output and standard error so far. */
  log(): Promise<string>;
  /** Of a page of the metrics port. Rejects if nobody answers within the time, in ms; default 10,000. */
  get(path: string, timeout?: number): Promise<{ readonly status: number; readonly body: string }>;
  /** The samples of /metrics, by series as it is written there. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Resolves when /readyz says so. Throws ControlPlaneError if it, or another process, ends before, or it takes too long. */
  ready(): Promise<void>;
}

/** Resolves when the process is started. It ends with its control plane, however that goes. */
export async function startReplica(
  controlPlane: ControlPlane,
  { name, args, environment }: ReplicaToStart,
): Promise<Replica> {
  const ports = { admissionPort: await freePort(HOST), metricsPort: await freePort(HOST) };
  const own = [`--port=${ports.admissionPort}`, `--metrics-port=${ports.metricsPort}`];
  const started = controlPlane.start({
    name,
    program: process.execPath,
    args: [...PROGRAM, "serve", ...own, ...args(ports)],
    environment,
  });
  const file = join(controlPlane.logs, `${name}.log`);
  const log = (): Promise<string> => readFile(file, "utf8");
  const get: Replica["get"] = (path, timeout) => getPage(ports.metricsPort, path, timeout);
  return {
    ...ports,
    ...started,
    name,
    log,
    get,
    metrics: async () => metricValues((await get("/metrics")).body),
    ready: () => untilReady({ name, log, get, ended: started.ended }, controlPlane),
  };
}

// A machine that builds at the same time lets a server wait for seconds.
const ANSWER_MS = 10_000;

async function getPage(
  port: number,
  path: string,
  timeout = ANSWER_MS,
): Promise<{ status: number; body: string }> {
  return new Promise((settle, reject) => {
    const signal = AbortSignal.timeout(timeout);
    const sent = request({ host: HOST, port, path, agent: false, signal }, (response) => {
      text(response).then((body) => settle({ status: response.statusCode ?? 0, body }), reject);
    });
    sent.once("error", reject).end();
  });
}

const INTERVAL_MS = 50;
// A second on a free machine; as patient as the control plane itself is with its processes.
const PATIENCE_MS = 90_000;

async function untilReady(
  { name, log, get, ended }: Pick<Replica, "name" | "log" | "get" | "ended">,
  { failed }: ControlPlane,
): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const status = await get("/readyz").then(
      (answer) => answer.status,
      // Its port is not open yet.
      () => undefined,
    );
    if (status === 200) return;
    const failure = await Promise.race([failed, ended, delay(INTERVAL_MS)]);
    if (typeof failure === "string") throw new ControlPlaneError(await notReady(name, log, failure));
    if (failure !== undefined) throw await failureError(failure);
  }
  throw new ControlPlaneError(await notReady(name, log, `no end after ${PATIENCE_MS / 1000} seconds`));
}

async function notReady(name: string, log: () => Promise<string>, end: string): Promise<string> {
  return `The server ${name} did not get ready (${end}): ${lastLines(await log()).join(" | ")}`;
}

/** Of the control plane: a folder for what belongs to the servers, which goes with it. */
export function folderOf({ logs }: ControlPlane): string {
  return join(dirname(logs), "portcullis");
}
