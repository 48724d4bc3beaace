/** The server in a sandbox: what Kubernetes would give it, and whether it decides. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
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
  /** Sends SIGTERM and gives the exit code. */
  readonly end: () => Promise<number | null>;
}

/** Resolves when it listens. `root` has its certificates. */
export async function serve(sandbox: Sandbox, root: string): Promise<Served> {
  const child: ChildProcess = sandbox.start(SERVE, { network: true });
  const closed = once(child, "close");
  const ports = await portsOf(child);
  const pid = await innerProcess(child);
  return {
    ports,
    ca: await readFile(path.join(root, "certificates/ca.crt")),
    pid,
    end: async () => {
      process.kill(pid, "SIGTERM");
      await closed;
      return child.exitCode;
    },
  };
}

/** What it says to a Pod that wants the network of its host: whether it is allowed, and why not. */
export async function verdictOnHostNetwork({ ports, ca }: Served): Promise<readonly [boolean, string]> {
  const body = podReview({}, { hostNetwork: true, containers: [] });
  const { allowed, status } = verdictOf(await ask({ ...ports, ca }, "/validate", body));
  return [allowed, status?.message ?? ""];
}
