import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { apiRequest } from "./api-request.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import {
  apiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  HOST,
  kwokFlags,
  schedulerFlags,
  type Files,
} from "./flags.ts";
import { kubeconfig, tokenFile, type ApiServer, type Identity } from "./identity.ts";
import { createNode, isNodeSchedulable } from "./nodes.ts";
import type { ControlPlanePrograms, NodePrograms } from "./obtain.ts";
import type { ProcessFailure, Processes, StartedProcess } from "./processes.ts";

export const ADMIN = "admin";
const CONTROLLER_MANAGER = "system:kube-controller-manager";
const SCHEDULER = "system:kube-scheduler";
const KWOK = "kwok";

/** Who the processes are, beside the users that a caller asks for: name and groups. */
export const OWN_IDENTITIES: ReadonlyMap<string, readonly string[]> = new Map([
  [ADMIN, ["system:masters"]],
  [CONTROLLER_MANAGER, []],
  [SCHEDULER, []],
  // It plays every kubelet at once, which no node's own identity may do.
  [KWOK, ["system:masters"]],
]);

/** What a control plane is started from. */
export interface Plan {
  readonly files: Files;
  readonly processes: Processes;
  readonly programs: ControlPlanePrograms;
  readonly nodes: NodePrograms | undefined;
  /** By name; those of OWN_IDENTITIES among them. */
  readonly identities: ReadonlyMap<string, Identity>;
  readonly port: number;
  /** For the API server, after its others. */
  readonly apiServerFlags: readonly string[];
}

// Three seconds on a free machine; a laptop that does everything else at the same time needs many times as long.
const PATIENCE_MS = 90_000;
const INTERVAL_MS = 50;

/** Starts everything in the order in which each finds what it needs. Rejects if a process ends or nothing comes. */
export async function boot(plan: Plan): Promise<ApiServer> {
  const { files, processes, programs } = plan;
  await writeFiles(plan);
  processes.start({ name: "etcd", program: programs.etcd, args: etcdFlags(files) });
  const { server } = await bootApiServer(plan, "kube-apiserver");
  const config = kubeconfigFile(files, CONTROLLER_MANAGER);
  const args = controllerManagerFlags(files, config);
  processes.start({ name: "kube-controller-manager", program: programs.controllerManager, args });
  const token = tokenOf(plan, ADMIN);
  if (plan.nodes !== undefined) await startNodes(plan, plan.nodes, server);
  // Until it is there, the ServiceAccount plugin refuses every Pod of the default namespace.
  const path = "/api/v1/namespaces/default/serviceaccounts/default";
  await until(processes, "The default service account was not made", () => answers(server, path, token));
  return server;
}

/** Starts an API server of that name on the etcd of the plan, and writes everybody's kubeconfig for it. Rejects as `boot`. */
export async function bootApiServer(
  plan: Plan,
  name: string,
): Promise<{ readonly server: ApiServer; readonly process: StartedProcess }> {
  const { files, processes, programs, port, identities } = plan;
  const args = [...apiServerFlags(files, port), ...plan.apiServerFlags];
  const process = processes.start({ name, program: programs.apiServer, args });
  const server = await untilReady(plan, name);
  await mkdir(files.kubeconfigs, { mode: 0o700 });
  for (const one of identities.values())
    await writeFile(kubeconfigFile(files, one.name), kubeconfig(server, one), { mode: 0o600 });
  return { server, process };
}

export function kubeconfigFile(files: Files, user: string): string {
  return join(files.kubeconfigs, `${encodeURIComponent(user)}.json`);
}

async function writeFiles({ files, identities }: Plan): Promise<void> {
  for (const folder of [files.logs, files.etcdData, files.certificates]) await mkdir(folder, { mode: 0o700 });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "sec1", format: "pem" });
  await writeFile(files.serviceAccountKey, key, { mode: 0o600 });
  await writeFile(files.tokens, tokenFile([...identities.values()]), { mode: 0o600 });
}

/** The API server makes its certificate first, then takes a while until all of it answers. */
async function untilReady(plan: Plan, name: string): Promise<ApiServer> {
  const { files, processes, port } = plan;
  let server: ApiServer = { host: HOST, port, ca: "" };
  await until(processes, `${name} was not ready`, async () => {
    // Read each time: the first time may be while it is written.
    server = { ...server, ca: await readFile(files.ca, "utf8") };
    return answers(server, "/readyz", tokenOf(plan, ADMIN));
  });
  return server;
}

async function startNodes(plan: Plan, nodes: NodePrograms, server: ApiServer): Promise<void> {
  const { files, processes } = plan;
  const scheduler = schedulerFlags(kubeconfigFile(files, SCHEDULER));
  processes.start({ name: "kube-scheduler", program: nodes.scheduler, args: scheduler });
  const kwok = kwokFlags(nodes, kubeconfigFile(files, KWOK));
  processes.start({ name: "kwok", program: nodes.kwok, args: kwok });
  const token = tokenOf(plan, ADMIN);
  await createNode(server, token);
  await until(processes, "The Node was not ready", () => isNodeSchedulable(server, token));
}

async function answers(server: ApiServer, path: string, token: string): Promise<boolean> {
  return (await apiRequest(server, { path, token })).status === 200;
}

/** A process ended while the others waited for it. */
export class ProcessEnded extends Error {
  override readonly name = "ProcessEnded";
  readonly failure: ProcessFailure;

  constructor(failure: ProcessFailure) {
    super(`${failure.name} ended with ${failure.end}`);
    this.failure = failure;
  }
}

/** Asks again and again; a refused connection or a file that is not there yet means "not yet". */
async function until(processes: Processes, late: string, isDone: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  let reason: unknown;
  const ask = (): Promise<boolean> =>
    isDone().catch((error: unknown) => {
      reason = error;
      return false;
    });
  while (!(await ask())) {
    const failure = await Promise.race([processes.failed, delay(INTERVAL_MS)]);
    if (failure !== undefined) throw new ProcessEnded(failure);
    if (Date.now() > end)
      throw new ControlPlaneError(`${late} within ${PATIENCE_MS / 1000} seconds.`, { cause: reason });
  }
}

function tokenOf({ identities }: Plan, name: string): string {
  const found = identities.get(name);
  if (found === undefined) throw new ControlPlaneError(`There is no user ${name}.`);
  return found.token;
}
