/** `make kind`: the image and the manifests in a cluster of kind, under the end-to-end tests. Removed at the end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command, KindCluster } from "./commands.ts";
import { endToEndTests } from "./end-to-end.ts";
import { IMAGE } from "./image-name.ts";
import { newClusterName } from "./own-cluster.ts";
import { runOnKind } from "./run.ts";
import { missingTools } from "./tools.ts";

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

/** Of the image: Docker leaves them out of what it hands to kind, whose nodes then miss them (kind's issue 3795). */
const NO_ATTESTATIONS = { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };

/** A process group of its own: Ctrl-C in a terminal reaches only this program, which decides what still has to run. */
async function execute({ program, args }: Command, kubeconfig: string, stop: AbortSignal): Promise<number> {
  const cluster = { KUBECONFIG: kubeconfig, PORTCULLIS_TEST_CLUSTER: kubeconfig };
  const env = { ...process.env, ...NO_ATTESTATIONS, ...cluster };
  const child = spawn(program, args, { env, stdio: ["ignore", 2, 2], detached: true });
  const interrupt = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
  };
  // What removes the cluster starts after the interruption and runs to its end: this event does not come again.
  stop.addEventListener("abort", interrupt, { once: true });
  try {
    await once(child, "close");
    return child.exitCode ?? -1;
  } finally {
    stop.removeEventListener("abort", interrupt);
  }
}

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => interruption.abort(new Error("It was interrupted.")));

/** Throws what a person has to know. */
async function makeKind(): Promise<void> {
  const missing = await missingTools(process.env, interruption.signal);
  if (missing !== undefined) throw new Error(missing);
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-kind-"));
  const kubeconfig = path.join(folder, "kubeconfig");
  const cluster: KindCluster = { name: newClusterName(), kubeconfig, folder, image: IMAGE };
  try {
    const { running, omitted } = await endToEndTests();
    for (const file of omitted) progress(`not run in kind: ${file}: it needs a control plane of its own`);
    await runOnKind(cluster, {
      tests: running,
      execute: (command) => execute(command, kubeconfig, interruption.signal),
      interruption: interruption.signal,
      progress,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await makeKind();
  progress("Everything passed.");
} catch (error) {
  progress(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
