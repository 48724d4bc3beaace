/** The server in a sandbox: what Kubernetes would give it, and whether it decides. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { isNativeError } from "node:util/types";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { podReview, verdictOf } from "../life/life.ts";
import { ask, portsOf, type Ports } from "./client.ts";
import { innerProcess, type Sandbox } from "./sandbox.ts";

/** Puts a certificate where the server is told to look for it, as a mounted Secret would. */
export async function layCertificates(root: string): Promise<void> {
  const folder = path.join(root, "certificates");
  await mkdir(folder);
  await ensureDevelopmentCertificates(folder, new Date());
  await chmod(path.join(folder, "tls.key"), 0o444);
}

const SERVE: readonly string[] = [
  "serve",
  "--policies=bundle.tar.gz",
  "--cert=/certificates/tls.crt",
  "--key=/certificates/tls.key",
  "--port=0",
  "--metrics-port=0",
  "--workers=2",
  "--drain=0",
];

export interface Served {
  readonly ports: Ports;
  readonly ca: Buffer;
  /** The server's own process, outside of its PID namespace. */
  readonly pid: number;
}

/** Far more than a server without a drain takes; with the time to start it is less than a test may take. */
const END_MS = 45_000;

/**
 * Does something while the server listens, then sends it SIGTERM and gives its exit code, or null if it does not end
 * within the limit; whatever fails, it has ended afterwards. `root` has its certificates.
 */
export async function whileServing(
  sandbox: Sandbox,
  root: string,
  step: (served: Served) => Promise<void>,
  limitMs = END_MS,
): Promise<number | null> {
  const ca = await readFile(path.join(root, "certificates/ca.crt"));
  const child: ChildProcess = sandbox.start(SERVE, { network: true });
  const closed = once(child, "close");
  try {
    const ports = await portsOf(child);
    const pid = await innerProcess(child);
    await step({ ports, ca, pid });
    terminate(pid);
    const overdue = setTimeout(() => child.kill("SIGKILL"), limitMs);
    await closed.finally(() => clearTimeout(overdue));
  } finally {
    // Everything in its namespaces goes with it.
    child.kill("SIGKILL");
    await closed;
  }
  return child.exitCode;
}

/** One that has ended by itself has an exit code, which says more than that it is gone. */
function terminate(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    // No `instanceof`: under jest it is of another realm.
    if (!(isNativeError(error) && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** What it says to a Pod that wants the network of its host: whether it is allowed, and why not. */
export async function verdictOnHostNetwork({ ports, ca }: Served): Promise<readonly [boolean, string]> {
  const body = podReview({}, { hostNetwork: true, containers: [] });
  const { allowed, status } = verdictOf(await ask({ ...ports, ca }, "/validate", body));
  return [allowed, status?.message ?? ""];
}
