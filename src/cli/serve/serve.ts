import { once } from "node:events";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Snapshot } from "../../admission/snapshot.ts";
import type { Listening } from "../../server/listen.ts";
import { noBundle } from "../../server/not-ready.ts";
import { atLevel } from "../../telemetry/log-level.ts";
import { Pool } from "../../workers/pool.ts";
import { snapshotOf, type Program } from "../../workers/program.ts";
import type { Review } from "../../workers/review-call.ts";
import { knowingNamespaces, type ClusterKnowledge } from "./cluster-knowledge.ts";
import { firstStart } from "./first-start.ts";
import { loadProgram } from "../load-policies.ts";
import { readInput } from "../manifest-input.ts";
import { progressOn } from "../progress.ts";
import { ChangeWatch, type Loaded } from "./reload.ts";
import { namespacesIn } from "../review-input.ts";
import { checkServeOptions, type ServeOptions } from "./options.ts";
import { joinCluster, type ServedCluster } from "./cluster.ts";
import { initialState, loadOf, namespacesOf, readiness, type DecidingSnapshot, type State } from "./state.ts";
import { startTelemetry, type Telemetry } from "./telemetry.ts";
import { addresses, listen, type Servers } from "./servers.ts";
import type { Environment, ProcessSurroundings } from "../surroundings.ts";

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
  checkServeOptions(options);
  const state = initialState();
  // From now on: as soon as the cluster is joined there may be a Lease to release.
  const stop = stopSignal(streams);
  const log = { stdout: atLevel(streams.stdout, options.logLevel) };
  const telemetry = startTelemetry(log, () => loadOf(state));
  const { say } = progressOn(streams.stderr, () => performance.now());
  const note = (message: string): void => say(`note: ${message}`);
  const changes = await ChangeWatch.start(options, note);
  const learn = (): void => state.pool?.learn(namespacesOf(state, cluster.knowledge));
  const cluster = await joinCluster(options, {
    state,
    telemetry,
    streams: log,
    changed: (resource) => (resource === "namespaces" ? learn() : changes.note()),
  });
  // What is followed would keep the process alive.
  const leave = async (): Promise<void> => {
    changes.close();
    await cluster.stop();
  };
  const { knowledge, leading, api } = cluster;
  const review = reviewBy(state, knowledge, learn);
  const ready = [...readiness(state), ...knowledge.checks, ...leading.checks];
  const context = { review, ready, telemetry, note, api, look: leading.look };
  const servers = await listen(options, context).catch(async (error: unknown) => {
    await leave();
    throw error;
  });
  try {
    const load = (): Promise<Loaded> => loadAll(options, environment, { say, cluster: knowledge });
    const running = { state, telemetry, note, changes, cluster, servers, streams, learn };
    return await serve(options, load, running, stop);
  } finally {
    await Promise.all([leave(), servers.stop()]);
    await state.pool?.stop();
  }
}

interface Running {
  readonly state: State;
  readonly telemetry: Telemetry;
  readonly note: (message: string) => void;
  readonly changes: ChangeWatch;
  readonly cluster: ServedCluster;
  readonly servers: Servers;
  readonly streams: ProcessSurroundings;
  /** Hands over what is known of namespaces. */
  readonly learn: () => void;
}

/** From the first load to the end of the drain; `stop` ends it at any moment. Gives the exit code. */
async function serve(
  options: ServeOptions,
  load: () => Promise<Loaded>,
  running: Running,
  stop: Promise<void>,
): Promise<number> {
  const { state, cluster, servers, streams } = running;
  const prepared = await Promise.race([prepare(options, load, running), stop]);
  if (prepared === undefined) {
    // No answer is under way, so there is nothing to drain.
    state.phase = "draining";
    streams.stderr.write("stopping: the server was not ready yet\n");
    return 0;
  }
  const { snapshot, admission } = prepared;
  state.phase = "ready";
  streams.stderr.write(welcome(options, snapshot, { admission, health: servers.health }));
  await stop;
  // The next leader need not wait for the last answers of this one.
  void cluster.leading.stop();
  return drain(options, running);
}

interface Prepared {
  readonly admission: Listening;
  /** What decides. */
  readonly snapshot: Snapshot;
}

/** What has to be there before the first answer; waits for it as long as it takes. Changes are loaded from then on. */
async function prepare(
  options: ServeOptions,
  load: () => Promise<Loaded>,
  { state, telemetry, note, changes, cluster, servers, learn }: Running,
): Promise<Prepared> {
  const { knowledge, leading } = cluster;
  await knowledge.known;
  const start = (program: Program): ReturnType<typeof startPool> => startPool(program, options, telemetry);
  const starting = { load, startPool: start, state, changes, cluster: knowledge, telemetry };
  const { program, pool, notes, inventory } = await firstStart(starting);
  state.pool = pool;
  notes.forEach(note);
  let deciding: DecidingSnapshot = { snapshot: snapshotOf(program), file: program.file };
  telemetry.metrics.loaded(deciding.snapshot);
  const swapped = (next: DecidingSnapshot, namespaces: Loaded["inventory"]): void => {
    deciding = next;
    state.deciding = next;
    state.inventory = namespaces;
    learn();
    leading.look();
  };
  // Before there is a certificate: where callers trust another authority, the leader must write into the webhooks first,
  // and what keeps it from that may be mended by a change.
  swapped(deciding, inventory);
  changes.reload({ load, pool, telemetry, state, swapped });
  const admission = await servers.admission;
  return { admission, snapshot: deciding.snapshot };
}

interface Loading {
  readonly say: (message: string) => void;
  readonly cluster: ClusterKnowledge;
}

async function loadAll(
  options: ServeOptions,
  environment: Environment,
  { say, cluster }: Loading,
): Promise<Loaded> {
  const { manifests, problems } = await readInput(options.inventory);
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  const inventory = namespacesIn(manifests);
  const sources = { ...options, bindingsInCluster: cluster.bindings() };
  const loaded = await loadProgram(sources, namespacesOf({ inventory }, cluster), environment, say);
  return { ...loaded, inventory };
}

function startPool(
  program: Program,
  { workers, logLevel }: ServeOptions,
  telemetry: Telemetry,
): ReturnType<typeof Pool.start> {
  return Pool.start(program, {
    size: workers ?? availableParallelism(),
    maxWaiting: MAX_WAITING,
    print: logLevel === "debug",
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

/**
 * Endpoints take seconds to forget a Pod that is going, so requests are answered on until nobody sends any; a second
 * signal ends that at once. Gives the exit code.
 */
async function drain(options: ServeOptions, { state, changes, servers, streams }: Running): Promise<number> {
  state.phase = "draining";
  servers.drain();
  streams.stderr.write(
    `stopping: requests are answered for ${options.drain} s more; a second signal ends at once\n`,
  );
  const waiting = new AbortController();
  const drained = delay(options.drain * 1_000, true, { signal: waiting.signal }).catch(() => true);
  const second = stopSignal(streams).then(() => false);
  const inTime = await Promise.race([drained, second]);
  waiting.abort();
  if (inTime) return 0;
  changes.close();
  // Who still waits is told to try elsewhere; who does not read that is not waited for.
  await state.pool?.stop();
  await servers.stop(SECOND_SIGNAL_PATIENCE);
  return 1;
}

interface Opened {
  readonly admission: Listening;
  readonly health: Listening;
}

function welcome(
  options: ServeOptions,
  { policies, revision }: Snapshot,
  { admission, health }: Opened,
): string {
  // Each is there once for each of its bindings.
  const { size } = new Set(policies.map(({ bound }) => bound.policy.id));
  const lines = [
    `Portcullis is ready: ${size} ${size === 1 ? "policy" : "policies"}, bundle ${revision}`,
    ...addresses(admission, health),
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
  const heard = new AbortController();
  const by = (name: NodeJS.Signals): Promise<unknown> =>
    once(streams.signals, name, { signal: heard.signal });
  await Promise.race([by("SIGINT"), by("SIGTERM")]);
  // Where nobody waits for a signal, it ends the process at once.
  heard.abort();
}
