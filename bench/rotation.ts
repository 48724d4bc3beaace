/**
 * What a cluster at work notices of a rotation and of a rolling restart: requests per second and their times through the
 * API server, before, during and after each, in one run with two replicas.
 * `npm run --silent bench:rotation [-- --json FILE]`; builds or takes the local control plane of `make cluster`.
 */
import { writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadBundle } from "../src/cli/load-policies.ts";
import { readEnvironment } from "../src/cli/surroundings.ts";
import { restartAll, rotate } from "../test/cluster/changes.ts";
import { startControlPlane, type ControlPlane } from "../test/cluster/control-plane.ts";
import { mustInstall } from "../test/cluster/install.ts";
import { sender, type Attempt, type Create, type Send } from "../test/cluster/load.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../test/cluster/replicas.ts";
import { pod, SHOP } from "../test/e2e/objects.ts";
import { render, type Measurement, type Sample } from "./measurement.ts";

/** Each sends its next request when it has its answer. */
const CLIENTS = 4;
/** Of what has no end of its own. */
const CALM_MS = 10_000;
const WARM_UP_MS = 5_000;

// Leaves out what is filled in, so that both webhooks have something to do.
const CREATE: Create = { path: `/api/v1/namespaces/${SHOP}/pods`, object: pod("measured"), expected: 201 };
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Sends while the change lasts, and what that came to. */
async function during(send: Send, change: Promise<unknown>): Promise<Sample> {
  const begin = performance.now();
  const attempts: Attempt[] = [];
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) attempts.push(await send(CREATE, performance.now()));
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await change.finally(() => over.abort());
  await clients;
  return sampleOf(attempts, (performance.now() - begin) / 1_000);
}

function sampleOf(attempts: readonly Attempt[], seconds: number): Sample {
  const failures = attempts.flatMap(({ failure }) => failure ?? []);
  for (const failure of new Set(failures)) say(`  failed: ${failure}`);
  const times = attempts.map(({ took }) => took).toSorted((a, b) => a - b);
  const quantile = (share: number): number => times[Math.ceil(times.length * share) - 1] ?? Number.NaN;
  return {
    seconds,
    perSecond: attempts.length / seconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
    worst: quantile(1),
    failed: failures.length,
  };
}

async function bench(controlPlane: ControlPlane): Promise<Measurement> {
  const { file } = await loadBundle("policies", readEnvironment(process), say);
  const installation = { policies: file, bindings: [], manageCertificates: true, keepWebhooks: true };
  const replicas = await prepareReplicas(controlPlane, installation);
  let running = await startReady(replicas, 2);
  mustInstall(await replicas.applyWebhooks());
  await controlPlane.kubectl(["create", "namespace", SHOP]);
  await controlPlane.kubectl(["wait", "--for=create", "serviceaccount/default", `--namespace=${SHOP}`]);
  const send = await sender(controlPlane);
  await during(send, delay(WARM_UP_MS));
  const rows: Record<string, readonly Sample[]> = {};
  const phases: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["before", () => delay(CALM_MS)],
    ["rotation of the leaf", () => rotate(controlPlane, "leaf", running)],
    ["after it", () => delay(CALM_MS)],
    ["rotation of the CA", () => rotate(controlPlane, "ca", running)],
    ["after that", () => delay(CALM_MS)],
    [
      "rolling restart",
      async () => {
        running = await restartAll(replicas, running);
      },
    ],
    ["after all", () => delay(CALM_MS)],
  ];
  for (const [name, change] of phases) {
    say(name);
    rows[name] = [await during(send, change())];
  }
  return measurementOf(rows);
}

async function startReady(replicas: Replicas, count: number): Promise<readonly ServiceReplica[]> {
  const started = await Promise.all(Array.from({ length: count }, () => replicas.start()));
  await Promise.all(started.map((replica) => replica.ready()));
  return started;
}

function measurementOf(rows: Measurement["rows"]): Measurement {
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
    aims: [],
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
} finally {
  await controlPlane.stop();
}
