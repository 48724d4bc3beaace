import { once } from "node:events";
import { createServer } from "node:net";
import { isNativeError } from "node:util/types";
import { ControlPlaneError } from "./control-plane-error.ts";

/**
 * Below the ports that the system itself gives to connections and to `listen(0)`: from 32,768 on Linux
 * (ip_local_port_range), from 49,152 on macOS. Well-known servers are below these.
 */
const FIRST = 16_384;
const END = 32_768;

/** So many workers of jest have ports of their own; any more share them. */
const WORKERS = 16;
const SHARE = (END - FIRST) / WORKERS;

/** The ports of a worker of jest, each once, from a random one on: workers of another run have the same numbers. */
export function* portsOf(worker: number): Generator<number, undefined> {
  const first = FIRST + (worker % WORKERS) * SHARE;
  const start = Math.floor(Math.random() * SHARE);
  for (let count = 0; count < SHARE; count += 1) yield first + ((start + count) % SHARE);
}

// Jest loads it anew for each file of tests; without jest there is no worker.
const ports = portsOf(Number(process.env["JEST_WORKER_ID"] ?? 0));

/**
 * A port that was free on this address a moment ago, and is left alone by the system and by other workers of jest; it is
 * given once. A program that has nothing to do with the tests may still take it. Throws ControlPlaneError if none is left.
 */
export function freePort(host: string): Promise<number> {
  return firstFree(ports, host);
}

/** Takes candidates until one is free. Throws ControlPlaneError if there are no more. */
export async function firstFree(candidates: Iterator<number, undefined>, host: string): Promise<number> {
  // `for … of` would end a generator with the first port.
  for (let port = candidates.next().value; port !== undefined; port = candidates.next().value)
    if (await isFree(port, host)) return port;
  throw new ControlPlaneError(`${host} has no free port left.`);
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    // No instance of jest's own Error.
    if (isNativeError(error) && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
