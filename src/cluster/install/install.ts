import { isDeepStrictEqual } from "node:util";
import { PortcullisError } from "../../error.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";
import type { WebhookCluster } from "./cluster.ts";
import { lastingly, placeOf } from "./lasting.ts";
import { idOf, installSteps, type InstallStep, type WantedWebhooks } from "./steps.ts";
import { recorded } from "./record.ts";
import { remove, rollBack, write } from "./rollback.ts";
import type { InstallSurroundings, Run } from "./run.ts";
import { selfProbe } from "./self-probe.ts";
import { PROBE } from "../webhooks/probe.ts";
import type { WebhookConfiguration, WebhookServer } from "../webhooks/configuration.ts";
import { differenceOf, type Difference } from "../webhooks/configuration-difference.ts";

/** `matchConditions` are stable since 1.30 (k8s.io/apiserver, features AdmissionWebhookMatchConditions). */
export const OLDEST = { major: 1, minor: 30 };

/**
 * Installs the configurations so that at no time a write can be held up by a server that does not answer: the server is
 * there, everything under `Ignore`, the self-probe, and only then `Fail`. What was installed before stays in use until
 * the server has answered. After a failure the cluster has what it had before, but for what others have installed since.
 * What a run that was killed has left behind is replaced. Gives whether anything was changed.
 */
export async function installWebhooks(
  { validating, mutating, server }: WantedWebhooks,
  cluster: WebhookCluster,
  surroundings: InstallSurroundings,
): Promise<boolean> {
  const wanted = {
    validating: recorded(validating, server),
    mutating: recorded(mutating, server),
    server,
  };
  checkVersion(await cluster.version());
  if (await isInstalled(wanted, cluster)) {
    if ((await cluster.read(PROBE)) !== undefined) await cluster.remove(PROBE);
    return false;
  }
  await serviceReady(wanted.server, cluster, surroundings);
  const run: Run = { cluster, surroundings, written: new Map() };
  try {
    for (const step of installSteps(wanted)) {
      surroundings.signal.throwIfAborted();
      await take(step, wanted.server, run);
      if (step.done !== undefined) surroundings.say(step.done);
    }
    await lastingly(wanted, run);
  } catch (error) {
    await rollBack(run.written, { cluster, say: surroundings.say });
    throw error;
  }
  return true;
}

async function take(step: InstallStep, server: WebhookServer, run: Run): Promise<void> {
  switch (step.kind) {
    case "apply":
      await write(step.configuration, run.written, run.cluster);
      return;
    case "remove":
      await remove(step.configuration, run.written, run.cluster);
      return;
    case "probe":
      await selfProbe(step, server, run);
  }
}

function checkVersion({ major, minor }: { readonly major: number; readonly minor: number }): void {
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new PortcullisError("CLUSTER_TOO_OLD", {
    message: `The API server is Kubernetes ${major}.${minor}; the matchConditions of the webhooks need ${OLDEST.major}.${OLDEST.minor} or later.`,
    remedy: `Use a cluster of Kubernetes ${OLDEST.major}.${OLDEST.minor} or later.`,
  });
}

/**
 * Asks by dry run whether anything would change, which also tells of conflicts and missing permissions while nothing is
 * touched. Throws WEBHOOKS_CONFLICT if what others have added would stay: it can switch enforcement off.
 */
async function isInstalled(
  { validating, mutating }: WantedWebhooks,
  cluster: WebhookCluster,
): Promise<boolean> {
  const same: boolean[] = [];
  for (const configuration of [validating, mutating]) {
    const now = await cluster.read(idOf(configuration));
    const after = await cluster.apply(configuration, { dryRun: true, force: false });
    const difference = differenceOf(configuration, after);
    if (difference !== undefined) throw addedByOthers(configuration, difference);
    same.push(isDeepStrictEqual(after, now));
  }
  return same.every(Boolean);
}

function addedByOthers(
  { kind, metadata: { name } }: WebhookConfiguration,
  difference: Difference,
): PortcullisError {
  const resource = `${kind.toLowerCase()} ${name}`;
  return new PortcullisError("WEBHOOKS_CONFLICT", {
    message: `Somebody else has changed the ${kind} ${name}: ${placeOf(difference)} is not what Portcullis installs, and applying would leave it.`,
    remedy: `Take it out with \`kubectl edit ${resource}\` and run the command again. Or delete all of it with \`kubectl delete ${resource}\` first: nothing of it is enforced until the command has ended.`,
  });
}

async function serviceReady(
  server: WebhookServer,
  cluster: WebhookCluster,
  surroundings: InstallSurroundings,
): Promise<void> {
  if (!("service" in server)) return;
  const { namespace, name } = server.service;
  const attempt = async (): Promise<Attempt> => {
    const state = await cluster.serviceState(server.service);
    if (state === "missing") throw noService(`there is no Service ${namespace}/${name}`);
    return state === "no-endpoints"
      ? { kind: "again", reason: `the Service ${namespace}/${name} has no ready Pod` }
      : { kind: "done" };
  };
  const reason = await waitFor(attempt, surroundings);
  if (reason !== undefined) throw noService(reason);
}

function noService(reason: string): PortcullisError {
  return new PortcullisError("WEBHOOK_UNREACHABLE", {
    message: `Nothing was installed: ${reason}.`,
    remedy: "Install and start Portcullis first, or name its Service with --service.",
  });
}
