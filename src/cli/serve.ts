import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { PortcullisError } from "../error.ts";
import { listenHttp, listenHttps, type Listening } from "../server/listen.ts";
import { noBundle } from "../server/not-ready.ts";
import { operations, type Check } from "../server/operations.ts";
import { webhooks } from "../server/webhooks.ts";
import { Pool } from "../workers/pool.ts";
import { snapshotOf, type Program } from "../workers/program.ts";
import type { Review } from "../workers/review-call.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import {
  knowCluster,
  knowingNamespaces,
  type ClusterKnowledge,
  type ClusterOptions,
} from "./cluster-knowledge.ts";
import { firstStart, type Started } from "./first-start.ts";
import { loadProgram, type LoadedProgram, type PolicySources } from "./load-policies.ts";
import { readInput } from "./manifest-input.ts";
import { progressOn } from "./progress.ts";
import { ChangeWatch } from "./reload.ts";
import { namespacesIn } from "./review-input.ts";
import { startTelemetry, type Telemetry } from "./serve-telemetry.ts";
import type { Environment, ProcessSurroundings } from "./surroundings.ts";

export interface ServeOptions extends PolicySources, ClusterOptions {
  readonly inventory: readonly string[];
  /** HTTPS, admission; 0 takes any free port. */
  readonly port: number;
  /** HTTP, health and metrics; 0 takes any free port. */
  readonly metricsPort: number;
  readonly cert: string;
  readonly key: string;
  /** Worker threads; undefined for as many as there are cores. */
  readonly workers: number | undefined;
  /** Seconds in which requests are still answered after the server was told to stop. */
  readonly drain: number;
  /** A file with an AdmissionReview: a command that posts it is printed. */
  readonly try: string | undefined;
  /** The certificate authority that this command trusts. */
  readonly ca: string;
}

/**
 * Calls that may wait for a thread: what a thread decides in less than a second, and half of the connections that a
 * port takes. Each carries one call, so with more the port would break connections before it said 503.
 */
const MAX_WAITING = 1_000;

/** Milliseconds for the last answers to leave after a second signal. */
const SECOND_SIGNAL_PATIENCE = 200;

/**
 * Starts the server and ends when it is told to stop. Both ports open at once: until every policy was evaluated once,
 * health says what is missing and admission is answered by 503, which the API server takes as "try again".
 */
export async function serveCommand(
  options: ServeOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  const state: State = { phase: "loading", pool: undefined, reloadFailure: undefined, inventory: new Map() };
  const telemetry = startTelemetry(streams, () => loadOf(state));
  const { say } = progressOn(streams.stderr, Date.now);
  const note = (message: string): void => say(`note: ${message}`);
  const changes = await ChangeWatch.start(options, note);
  const learn = (): void => state.pool?.learn(namespacesOf(state, cluster));
  const cluster = await knowCluster(options, {
    changed: (resource) => (resource === "namespaces" ? learn() : changes.note()),
    failed: telemetry.clusterFailed,
  });
  // What is followed would keep the process alive.
  const unfollow = (): void => {
    cluster.stop();
    changes.close();
  };
  const review = reviewBy(state, cluster, learn);
  const ready = [...readiness(state), ...cluster.checks];
  const servers = await listen(options, review, ready, { telemetry, note }).catch((error: unknown) => {
    unfollow();
    throw error;
  });
  try {
    await cluster.known;
    const load = (): Promise<LoadedProgram> => loadAll(options, environment, { say, state, cluster });
    const start = (): Promise<Started> => startOnce(load, options, { state, telemetry });
    const { program, pool, notes } = await firstStart(start, { changes, cluster, telemetry });
    state.pool = pool;
    learn();
    notes.forEach(note);
    telemetry.metrics.loaded(snapshotOf(program));
    state.phase = "ready";
    // Who reads the welcome may stop the server at once.
    const stop = stopSignal(streams);
    streams.stderr.write(welcome(options, program, servers));
    changes.reload({ load, pool, telemetry, state, swapped: learn });
    await stop;
    return await drain(options, state, { servers, streams });
  } finally {
    unfollow();
    servers.certificate.close();
    await Promise.all([servers.admission.stop(), servers.health.stop()]);
    await state.pool?.stop();
  }
}

/** How far the start is and what decides; the only thing that changes while the server runs. */
interface State {
  phase: "loading" | "evaluating" | "ready" | "draining";
  pool: Pool | undefined;
  /** Why the last change of policies, bindings or inventory does not decide; undefined if it does. */
  reloadFailure: string | undefined;
  /** The Namespaces of `--inventory`, as they were loaded last. */
  inventory: Program["namespaces"];
}

/** A cluster knows better than files how its namespaces are. */
function namespacesOf({ inventory }: State, cluster: ClusterKnowledge): Program["namespaces"] {
  return new Map([...inventory, ...cluster.namespaces()]);
}

function loadOf({ pool }: State): { readonly waiting: number; readonly threads: number } {
  return { waiting: pool?.waiting ?? 0, threads: pool?.threads ?? 0 };
}

function readiness(state: State): readonly Check[] {
  const failsIn = (name: string, phases: readonly State["phase"][], reason: string): Check => ({
    name,
    failure: () => (phases.includes(state.phase) ? reason : undefined),
  });
  return [
    failsIn("bundle", ["loading"], "not loaded yet"),
    failsIn("policies", ["loading", "evaluating"], "not every policy was evaluated once yet"),
    failsIn("shutdown", ["draining"], "the server was told to stop"),
    {
      name: "reload",
      // A replica that goes on deciding by what it had is better than none.
      isRemark: true,
      failure: () =>
        state.reloadFailure === undefined
          ? undefined
          : `${state.reloadFailure}; what was loaded before still decides, the log says what to mend`,
    },
  ];
}

interface Loading {
  readonly say: (message: string) => void;
  readonly state: State;
  readonly cluster: ClusterKnowledge;
}

async function loadAll(
  options: ServeOptions,
  environment: Environment,
  { say, state, cluster }: Loading,
): Promise<LoadedProgram> {
  const inventory = await readInput(options.inventory);
  const [problem] = inventory.problems;
  if (problem !== undefined) throw problem;
  state.inventory = namespacesIn(inventory.manifests);
  const sources = { ...options, bindingsInCluster: cluster.bindings() };
  return loadProgram(sources, namespacesOf(state, cluster), environment, say);
}

async function startOnce(
  load: () => Promise<LoadedProgram>,
  options: ServeOptions,
  { state, telemetry }: { readonly state: State; readonly telemetry: Telemetry },
): Promise<Started> {
  state.phase = "loading";
  const { program, notes } = await load();
  state.phase = "evaluating";
  const started = await startPool(program, options, telemetry);
  return { program, pool: started.pool, notes: [...notes, ...started.notes] };
}

function startPool(
  program: Program,
  { workers }: ServeOptions,
  telemetry: Telemetry,
): ReturnType<typeof Pool.start> {
  return Pool.start(program, {
    size: workers ?? availableParallelism(),
    maxWaiting: MAX_WAITING,
    replaced: telemetry.replaced,
  });
}

function reviewBy(state: State, { namespaceAppears }: ClusterKnowledge, learn: () => void): Review {
  const review: Review = (call) =>
    state.pool === undefined
      ? Promise.resolve({ kind: "rejected", error: noBundle() })
      : state.pool.review(call);
  return namespaceAppears === undefined ? review : knowingNamespaces(review, namespaceAppears, learn);
}

interface Servers {
  readonly admission: Listening;
  readonly health: Listening;
  /** What the admission port presents. */
  readonly certificate: CertificateWatch;
}

async function listen(
  options: ServeOptions,
  review: Review,
  ready: readonly Check[],
  { telemetry, note }: { readonly telemetry: Telemetry; readonly note: (message: string) => void },
): Promise<Servers> {
  checkPorts(options);
  const { metrics, record, rejected } = telemetry;
  const certificate = await CertificateWatch.start(options, {
    now: () => new Date(),
    telemetry,
    problem: note,
  });
  const health = await listenHttp({
    app: operations({ live: [], ready: [...ready, ...certificate.checks], metrics, rejected }),
    setting: { port: options.metricsPort, flag: "--metrics-port", variable: "METRICS_PORT" },
    rejected,
  });
  try {
    const app = webhooks({ review, record, rejected });
    const setting = { port: options.port, flag: "--port", variable: "PORT" };
    const admission = await listenHttps({ app, setting, certificate: certificate.served, rejected });
    certificate.presentBy((changed) => admission.present(changed));
    return { admission, health, certificate };
  } catch (error) {
    certificate.close();
    await health.stop();
    throw error;
  }
}

/** Otherwise the second server would find the port taken by another process, which is this one. */
function checkPorts({ port, metricsPort }: ServeOptions): void {
  if (port !== metricsPort || port === 0) return;
  throw new PortcullisError("PORT_TAKEN", {
    message: `Port ${port} is both the admission port and the metrics port.`,
    remedy: "Set one of them to another port: `--port` or `PORT=`, `--metrics-port` or `METRICS_PORT=`.",
  });
}

/**
 * Endpoints take seconds to forget a Pod that is going, so requests are answered on until nobody sends any; a second
 * signal ends that at once. Gives the exit code.
 */
async function drain(
  options: ServeOptions,
  state: State,
  { servers, streams }: { readonly servers: Servers; readonly streams: ProcessSurroundings },
): Promise<number> {
  state.phase = "draining";
  servers.admission.drain();
  streams.stderr.write(
    `stopping: requests are answered for ${options.drain} s more; a second signal ends at once\n`,
  );
  const waiting = new AbortController();
  const drained = delay(options.drain * 1_000, true, { signal: waiting.signal }).catch(() => true);
  const second = stopSignal(streams).then(() => false);
  const inTime = await Promise.race([drained, second]);
  waiting.abort();
  if (inTime) return 0;
  // Who still waits is told to try elsewhere; who does not read that is not waited for.
  await state.pool?.stop();
  await Promise.all([
    servers.admission.stop(SECOND_SIGNAL_PATIENCE),
    servers.health.stop(SECOND_SIGNAL_PATIENCE),
  ]);
  return 1;
}

function welcome(options: ServeOptions, { bundle }: Program, { admission, health }: Servers): string {
  const lines = [
    `Portcullis is ready: ${bundle.policies.length} ${bundle.policies.length === 1 ? "policy" : "policies"}, bundle ${bundle.revision}`,
    `  admission  https://localhost:${admission.port}/mutate, /validate`,
    `  health     http://localhost:${health.port}/livez, /readyz`,
    `  metrics    http://localhost:${health.port}/metrics`,
  ];
  if (options.try !== undefined) {
    lines.push(
      "",
      "See a denial (in another terminal):",
      `  curl --silent --cacert ${options.ca} --header 'Content-Type: application/json' \\`,
      `    --data @${options.try} https://localhost:${admission.port}/validate`,
      "",
      "Stop with Ctrl-C.",
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Settles with the next SIGINT or SIGTERM. */
async function stopSignal(streams: ProcessSurroundings): Promise<void> {
  await Promise.race([once(streams.signals, "SIGINT"), once(streams.signals, "SIGTERM")]);
}
