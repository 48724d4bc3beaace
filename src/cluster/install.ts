import { isDeepStrictEqual } from "node:util";
import { PortcullisError } from "../error.ts";
import { apiError } from "./api-error.ts";
import type { ApiAnswer } from "./api-request.ts";
import { waitFor, type Attempt, type Clock } from "./wait-for.ts";
import { idOf, installSteps, type InstallStep, type WantedWebhooks } from "./install-steps.ts";
import { probeNamespace, probeVerdict, type Probe, type ProbeEntry } from "./probe-webhook.ts";
import type {
  ConfigurationId,
  WebhookConfiguration,
  WebhookKind,
  WebhookServer,
} from "./webhook-configuration.ts";

/** A webhook configuration as a cluster has it: all of it that can be written back. */
export interface StoredConfiguration {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: WebhookKind;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly webhooks: readonly unknown[];
}

/** How a Service is found: `external` names a host elsewhere, which only a call can tell of. */
export type ServiceState = "ready" | "external" | "no-endpoints" | "missing";

/** What installing needs of a cluster. Every method throws a PortcullisError for an answer that it does not name. */
export interface WebhookCluster {
  readonly version: () => Promise<{ readonly major: number; readonly minor: number }>;
  readonly serviceState: (service: {
    readonly namespace: string;
    readonly name: string;
  }) => Promise<ServiceState>;
  readonly read: (id: ConfigurationId) => Promise<StoredConfiguration | undefined>;
  /** Server-side apply; `force` takes fields over from other managers. */
  readonly apply: (
    configuration: StoredConfiguration | WebhookConfiguration,
    how: { readonly dryRun: boolean; readonly force: boolean },
  ) => Promise<StoredConfiguration>;
  readonly remove: (id: ConfigurationId) => Promise<void>;
  /** Pretends to create the probe's object. */
  readonly probe: (probe: Probe, namespace: string) => Promise<ApiAnswer>;
}

/** What installing needs besides the cluster. */
export interface InstallSurroundings {
  readonly clock: Clock;
  /** Tells a person what was done. */
  readonly say: (message: string) => void;
  /** Once aborted, nothing more is installed, and what was there before comes back. */
  readonly signal: AbortSignal;
}

/** `matchConditions` are stable since 1.30 (k8s.io/apiserver, features AdmissionWebhookMatchConditions). */
const OLDEST = { major: 1, minor: 30 };

/**
 * Installs the configurations so that at no time a write can be held up by a server that does not answer: the server is
 * there, everything under `Ignore`, the self-probe, and only then `Fail`. What was installed before stays in use until
 * the server has answered. After a failure the cluster has what it had before. Gives whether anything was changed.
 */
export async function installWebhooks(
  wanted: WantedWebhooks,
  cluster: WebhookCluster,
  surroundings: InstallSurroundings,
): Promise<boolean> {
  checkVersion(await cluster.version());
  const before = await stateOf(wanted, cluster);
  if (before.isInstalled) return false;
  await serviceReady(wanted.server, cluster, surroundings);
  const touched = new Map<string, ConfigurationId>();
  try {
    for (const step of installSteps(wanted)) {
      surroundings.signal.throwIfAborted();
      if (step.kind === "apply") touched.set(nameOf(idOf(step.configuration)), idOf(step.configuration));
      await take(step, wanted.server, { cluster, surroundings });
      if (step.kind === "remove") touched.delete(nameOf(step.id));
      if (step.done !== undefined) surroundings.say(step.done);
    }
  } catch (error) {
    await rollBack(touched, before, { cluster, say: surroundings.say });
    throw error;
  }
  return true;
}

function nameOf({ kind, name }: ConfigurationId): string {
  return `${kind} ${name}`;
}

async function take(
  step: InstallStep,
  server: WebhookServer,
  { cluster, surroundings }: { readonly cluster: WebhookCluster; readonly surroundings: InstallSurroundings },
): Promise<void> {
  switch (step.kind) {
    case "apply":
      await cluster.apply(step.configuration, { dryRun: false, force: false });
      return;
    case "remove":
      await cluster.remove(step.id);
      return;
    case "probe":
      await selfProbe(step.entry, server, { cluster, surroundings });
  }
}

function checkVersion({ major, minor }: { readonly major: number; readonly minor: number }): void {
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new PortcullisError("CLUSTER_TOO_OLD", {
    message: `The API server is Kubernetes ${major}.${minor}; the matchConditions of the webhooks need ${OLDEST.major}.${OLDEST.minor} or later.`,
    remedy: `Use a cluster of Kubernetes ${OLDEST.major}.${OLDEST.minor} or later.`,
  });
}

interface Before {
  readonly isInstalled: boolean;
  readonly stored: readonly StoredConfiguration[];
}

/** Asks by dry run what would change, which also tells of conflicts and missing permissions while nothing is touched. */
async function stateOf({ validating, mutating }: WantedWebhooks, cluster: WebhookCluster): Promise<Before> {
  const same: boolean[] = [];
  const stored: StoredConfiguration[] = [];
  for (const configuration of [validating, mutating]) {
    const now = await cluster.read(idOf(configuration));
    const after = await cluster.apply(configuration, { dryRun: true, force: false });
    same.push(isDeepStrictEqual(after, now));
    if (now !== undefined) stored.push(now);
  }
  return { isInstalled: same.every(Boolean), stored };
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
  entry: ProbeEntry,
  server: WebhookServer,
  { cluster, surroundings }: { readonly cluster: WebhookCluster; readonly surroundings: InstallSurroundings },
): Promise<void> {
  const namespace = probeNamespace(server);
  const attempt = async (): Promise<Attempt> => {
    for (const probe of ["deny", "allow"] as const) {
      const verdict = probeVerdict(probe, entry, await cluster.probe(probe, namespace));
      if (verdict.kind === "failed") throw apiError(verdict.answer, `take the self-probe in ${namespace}`);
      if (verdict.kind === "not-yet") return { kind: "again", reason: verdict.reason };
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

/** The newest first. What cannot be restored is told: nothing of it is under `Fail` but what was before. */
async function rollBack(
  touched: ReadonlyMap<string, ConfigurationId>,
  { stored }: Before,
  { cluster, say }: { readonly cluster: WebhookCluster; readonly say: (message: string) => void },
): Promise<void> {
  for (const [name, id] of [...touched].toReversed()) {
    const earlier = stored.find(({ kind, metadata }) => kind === id.kind && metadata.name === id.name);
    try {
      if (earlier === undefined) await cluster.remove(id);
      else await cluster.apply(earlier, { dryRun: false, force: true });
      say(`rolled back: the ${name} is ${earlier === undefined ? "not there" : "what it was"}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`the ${name} could not be rolled back: ${why} Delete it with kubectl, or run the command again.`);
    }
  }
}
