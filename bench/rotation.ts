/**
 * What a cluster at work notices of rotations, a rolling restart and other bundles: requests per second and their times
 * through the API server, before, during and after each, in one run with two replicas.
 * `npm run --silent bench:rotation [-- --json FILE]`; builds or takes the local control plane of `make cluster`.
 */
import { copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadBundle } from "../src/cli/load-policies.ts";
import { readEnvironment } from "../src/cli/surroundings.ts";
import { repeat, restartAll, rotate, swapBundle } from "../test/cluster/changes.ts";
import { startControlPlane, type ControlPlane } from "../test/cluster/control-plane.ts";
import { mustInstall } from "../test/cluster/install.ts";
import { letInFromNow } from "../test/cluster/let-in.ts";
import { sender, timesOf, type Attempt, type Create, type Send } from "../test/cluster/load.ts";
import { folderOf } from "../test/cluster/replica.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../test/cluster/replicas.ts";
import { pod, SHOP } from "../test/e2e/objects.ts";
import { aim, render, type Measurement, type Sample } from "./measurement.ts";

/** Each sends its next request when it has its answer. */
const CLIENTS = 4;
/** Of what has no end of its own. */
const CALM_MS = 10_000;
/** Each change is made again and again for so long, or once if that takes longer: a p99 needs more than a second. */
const CHANGE_MS = 20_000;
const WARM_UP_MS = 5_000;

// Leaves out what is filled in, so that both webhooks have something to do.
const CREATE: Create = { path: `/api/v1/namespaces/${SHOP}/pods`, object: pod("measured"), expected: 201 };
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Sends while the change lasts, and what that came to. */
async function during(
  controlPlane: ControlPlane,
  send: Send,
  change: () => Promise<unknown>,
): Promise<Sample> {
  const letIn = await letInFromNow(controlPlane);
  const begin = performance.now();
  const attempts: Attempt[] = [];
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) attempts.push(await send(CREATE, performance.now()));
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await change().finally(() => over.abort());
  await clients;
  const seconds = (performance.now() - begin) / 1_000;
  return sampleOf(attempts, seconds, Object.values(await letIn()));
}

/** `letIn`: calls without an answer that no client has noticed. */
function sampleOf(attempts: readonly Attempt[], seconds: number, letIn: readonly number[]): Sample {
  const failures = attempts.flatMap(({ failure }) => failure ?? []);
  for (const failure of new Set(failures)) say(`  failed: ${failure}`);
  const unnoticed = letIn.reduce((sum, count) => sum + count, 0);
  if (unnoticed > 0) say(`  let in without an answer: ${unnoticed}`);
  return {
    seconds,
    perSecond: attempts.length / seconds,
    ...timesOf(attempts),
    failed: failures.length + unnoticed,
  };
}

/** What can be done to the installation, by name; each once. */
type Changes = Readonly<Record<string, () => Promise<unknown>>>;

async function install(controlPlane: ControlPlane, folder: string): Promise<Changes> {
  const both = path.join(folder, "policies");
  for (const source of ["policies", "test/e2e/policies"]) await cp(source, both, { recursive: true });
  const [first, second] = [await built("policies"), await built(both)];
  const policies = path.join(folder, "bundle.tar.gz");
  await copyFile(first, policies);
  const installation = { policies, bindings: [], manageCertificates: true, keepWebhooks: true };
  const replicas = await prepareReplicas(controlPlane, installation);
  let running = await startReady(replicas, 2);
  mustInstall(await replicas.applyWebhooks());
  await controlPlane.kubectl(["create", "namespace", SHOP]);
  await controlPlane.kubectl(["wait", "--for=create", "serviceaccount/default", `--namespace=${SHOP}`]);
  return {
    "rotation of the leaf": () => rotate(controlPlane, "leaf", running),
    "rotation of the CA": () => rotate(controlPlane, "ca", running),
    "another bundle, and back": async () => {
      for (const file of [second, first]) await swapBundle(policies, file, running);
    },
    "rolling restart": async () => {
      running = await restartAll(replicas, running);
    },
  };
}

async function built(policies: string): Promise<string> {
  return (await loadBundle(policies, readEnvironment(process), say)).file;
}

async function bench(controlPlane: ControlPlane): Promise<Measurement> {
  // It goes with the control plane, however that ends.
  const folder = path.join(folderOf(controlPlane), "bench");
  await mkdir(folder, { recursive: true });
  const changes = await install(controlPlane, folder);
  const send = await sender(controlPlane);
  await during(controlPlane, send, () => delay(WARM_UP_MS));
  const rows: Record<string, readonly Sample[]> = {};
  const measure = async (name: string, change: () => Promise<unknown>): Promise<void> => {
    say(name);
    rows[name] = [await during(controlPlane, send, change)];
  };
  await measure("before", () => delay(CALM_MS));
  for (const [name, change] of Object.entries(changes)) {
    await measure(name, () => repeat(CHANGE_MS, change));
    await measure(`after: ${name}`, () => delay(CALM_MS));
  }
  return measurementOf(rows);
}

async function startReady(replicas: Replicas, count: number): Promise<readonly ServiceReplica[]> {
  const started = await Promise.all(Array.from({ length: count }, () => replicas.start()));
  await Promise.all(started.map((replica) => replica.ready()));
  return started;
}

function measurementOf(rows: Measurement["rows"]): Measurement {
  const failed = Object.values(rows).reduce((sum, [sample]) => sum + (sample?.["failed"] ?? 0), 0);
  return {
    title: `dry-run creates of a Pod through the API server, ${CLIENTS} clients, two replicas`,
    columns: [
      { key: "seconds", label: "seconds", digits: 0 },
      { key: "perSecond", label: "requests/s", digits: 0, ratio: true },
      { key: "p50", label: "p50 ms", digits: 1 },
      { key: "p99", label: "p99 ms", digits: 1, ratio: true },
      { key: "worst", label: "worst ms", digits: 0 },
      { key: "failed", label: "failed", digits: 0 },
    ],
    rows,
    reference: "before",
    aims: [aim("failed requests", failed, { most: 0 })],
    notes: ["A replica that starts, and kubectl, take a share of the same processors."],
  };
}

const { values } = parseArgs({ options: { json: { type: "string" } } });
const controlPlane = await startControlPlane({ progress: say });
try {
  const measurement = await bench(controlPlane);
  process.stdout.write(render(measurement));
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify([measurement], undefined, 2)}\n`);
  process.exitCode = measurement.aims.every(({ met }) => met) ? 0 : 1;
} finally {
  await controlPlane.stop();
}
