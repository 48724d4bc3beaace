/** What the tests of uninstalling, recovering and outages share. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { loadAll } from "js-yaml";
import { z } from "zod";
import type { Ended } from "../../src/build/opa/run.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import type { Installation } from "../cluster/installation.ts";
import { PROGRAM } from "../cluster/replica.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { buildFolder } from "../policy-folder.ts";
import { EXCLUSIONS, fileOf, person, type Person } from "./cluster.ts";
import { pod, SHOP_NAMESPACE } from "./objects.ts";

export const CONFIGURATIONS = "validatingwebhookconfigurations,mutatingwebhookconfigurations";

/** The command of docs/recovery.md that frees a locked cluster, without `kubectl`. */
export const RECOVER = `delete ${CONFIGURATIONS} portcullis`;

export const APPLY = "apply --filename=-";
export const DRY_RUN = "create --dry-run=server --filename=-";

/** What the API server says of a request that Portcullis decided, and of one that it was not there for. */
export const DENIED = 'admission webhook "validate-fail.portcullis.dev" denied the request';
export const REJECTED = 'failed calling webhook "validate-fail.portcullis.dev"';

export interface RunningUninstall {
  /** What it said so far. */
  readonly said: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Any exit code is a result. */
  readonly ended: Promise<Pick<Ended, "code" | "stderr">>;
}

/** Runs `portcullis uninstall` as the administrator, if the arguments name no other kubeconfig. */
export function startUninstall(controlPlane: ControlPlane, args: readonly string[] = []): RunningUninstall {
  const kubeconfig = `--kubeconfig=${controlPlane.kubeconfig()}`;
  const child = spawn(process.execPath, [...PROGRAM, "uninstall", kubeconfig, ...args], {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "close").then(() => ({ code: child.exitCode ?? -1, stderr }));
  return { said: () => stderr, signal: (name) => void child.kill(name), ended };
}

/** The same to its end. */
export function uninstall(
  controlPlane: ControlPlane,
  args: readonly string[] = [],
): RunningUninstall["ended"] {
  return startUninstall(controlPlane, args).ended;
}

export interface Installed {
  readonly replicas: Replicas;
  /** The only one. */
  readonly replica: ServiceReplica;
}

/** The shipped packs, as they are shipped. */
export async function shippedPacks(): Promise<Installation> {
  return {
    policies: (await buildFolder("policies")).file,
    bindings: [await fileOf("exclusions.yaml", EXCLUSIONS)],
  };
}

/** Everything that the manifests have, one server that is ready, the webhooks, and a namespace to write to. */
export async function installAll(controlPlane: ControlPlane, installation: Installation): Promise<Installed> {
  const admin = person(() => controlPlane, "admin");
  await admin.succeed(APPLY, SHOP_NAMESPACE);
  await admin.succeed("wait --for=create serviceaccount/default --namespace=shop");
  const replicas = await prepareReplicas(controlPlane, installation);
  await admin.succeed("apply --server-side --filename=-", await podObjects(admin));
  const replica = await replicas.start();
  await replica.ready();
  const { code, stderr } = await replicas.applyWebhooks();
  if (code !== 0) throw new Error(stderr);
  return { replicas, replica };
}

const Manifest = z.looseObject({ kind: z.string() });

/** What the overlay of a control plane without nodes leaves out, as documents for `--filename=-`. */
async function podObjects(admin: Person): Promise<string> {
  const kinds = ["Deployment", "PodDisruptionBudget", "NetworkPolicy", "ResourceQuota"];
  return loadAll(await admin.succeed(`kustomize ${resolve("manifests/overlays/kind")}`))
    .map((document) => Manifest.parse(document))
    .filter(({ kind }) => kinds.includes(kind))
    .map((object) => JSON.stringify(object))
    .join("\n---\n");
}

/** Whether a Pod that breaks no rule may be created. */
export async function isAdmitted(who: Person): Promise<boolean> {
  return (await who.kubectl(DRY_RUN, pod("any"))).code === 0;
}

/** What is said of a Pod that breaks one: nothing, where nobody decides. */
export async function saidOfBadPod(who: Person): Promise<string> {
  const privileged = { container: { securityContext: { privileged: true } } };
  return (await who.kubectl(DRY_RUN, pod("bad", privileged))).stderr;
}
