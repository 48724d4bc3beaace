import { isDeepStrictEqual } from "node:util";
import { PortcullisError } from "../../error.ts";
import { apiError, messageOf } from "../api/error.ts";
import type { ApiAnswer } from "../api/request.ts";
import { waitFor, type Attempt, type Clock } from "../api/wait-for.ts";
import type { WebhookCluster } from "./cluster.ts";
import { isDenied } from "./denial.ts";
import { idOf, installSteps, type InstallStep, type WantedWebhooks } from "./steps.ts";
import { recorded } from "./record.ts";
import { remove, rollBack, write, type WrittenConfigurations } from "./rollback.ts";
import { PROBE, probeNamespace, probeVerdict } from "../webhooks/probe.ts";
import type { WebhookConfiguration, WebhookServer } from "../webhooks/configuration.ts";
import { differenceOf, type Difference } from "../webhooks/configuration-difference.ts";

/** What installing needs besides the cluster. */
export interface InstallSurroundings {
  readonly clock: Clock;
  /** Tells a person what was done. */
  readonly say: (message: string) => void;
  /** Once aborted, nothing more is installed, and what was there before comes back. */
  readonly signal: AbortSignal;
}

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

/** One call of `installWebhooks`. */
interface Run {
  readonly cluster: WebhookCluster;
  readonly surroundings: InstallSurroundings;
  readonly written: WrittenConfigurations;
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

/** Waits for another run, which may be some steps behind, to come to the same end. */
async function lastingly(wanted: WantedWebhooks, { cluster, surroundings }: Run): Promise<void> {
  const attempt = async (): Promise<Attempt> =>
    (await isInstalled(wanted, cluster))
      ? { kind: "done" }
      : { kind: "again", reason: "somebody else is changing the webhook configurations" };
  if ((await waitFor(attempt, surroundings)) === undefined) return;
  throw new PortcullisError("WEBHOOKS_CONFLICT", {
    message:
      "Somebody else has changed the webhook configurations while they were installed: they are not what this command was to install.",
    remedy: "See that nobody else installs at the same time, and run the command again.",
  });
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
  { entry, field }: Difference,
): PortcullisError {
  const resource = `${kind.toLowerCase()} ${name}`;
  return new PortcullisError("WEBHOOKS_CONFLICT", {
    message: `Somebody else has changed the ${kind} ${name}: ${field === undefined ? `the entry ${entry}` : `${field} of the entry ${entry}`} is not what Portcullis installs, and applying would leave it.`,
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

async function selfProbe(
  { entry, through }: InstallStep & { readonly kind: "probe" },
  server: WebhookServer,
  { cluster, surroundings, written }: Run,
): Promise<void> {
  const namespace = probeNamespace(server);
  const attempt = async (): Promise<Attempt> => {
    for (const probe of ["deny", "allow"] as const) {
      const verdict = probeVerdict(probe, await cluster.probe(probe, entry, namespace));
      if (verdict.kind === "failed") throw probeRefused(verdict.answer, namespace);
      if (verdict.kind === "proved") continue;
      // Another run that is through has taken the entry away.
      surroundings.signal.throwIfAborted();
      if (verdict.kind === "not-asked") await write(through, written, cluster);
      return { kind: "again", reason: verdict.reason };
    }
    return { kind: "done" };
  };
  const reason = await waitFor(attempt, surroundings);
  if (reason === undefined) return;
  throw new PortcullisError("WEBHOOK_UNREACHABLE", {
    message: `The self-probe was not answered as it must be: ${reason}.`,
    remedy:
      "Check that the API server can reach the Service or URL, that --ca-file belongs to the server's certificate, and the server's log.",
  });
}

/** Another webhook that denies it has the same status as a missing permission. */
function probeRefused(answer: ApiAnswer, namespace: string): PortcullisError {
  const message = messageOf(answer);
  if (!isDenied(answer)) return apiError(answer, `take the self-probe in ${namespace}`);
  return new PortcullisError("CLUSTER_REFUSED", {
    message: `The API server did not take the self-probe in ${namespace}: ${message}.`,
    remedy: `Have what denies it leave ConfigMaps in ${namespace} alone, and run the command again.`,
  });
}
