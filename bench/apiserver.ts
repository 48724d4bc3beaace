/**
 * What Portcullis costs as the API server sees it: the time of a dry-run Pod create with and without the webhook
 * configurations, in turn in one run, and the API server's own histogram of the webhooks' share.
 * `npm run --silent bench:apiserver [-- <rounds>]`; builds or takes the local control plane of `make cluster`.
 */
import { Agent, request } from "node:https";
import { performance } from "node:perf_hooks";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { loadBundle } from "../src/cli/load-policies.ts";
import { readEnvironment } from "../src/cli/surroundings.ts";
import { startControlPlane, type ControlPlane } from "../test/cluster/control-plane.ts";
import { installPortcullis, type InstalledPortcullis } from "../test/cluster/install.ts";
import { metricValues } from "../test/contract/metric-values.ts";
import { pod, SHOP } from "../test/e2e/objects.ts";
import { render, type Sample } from "./measurement.ts";

const ROUNDS = Number(process.argv[2] ?? 8);
/** In each round, of each kind, one after the other on one connection. */
const REQUESTS = 150;
const WARM_UP = 20;
/** No round begins later than this: what was measured until then is shown. */
const LIMIT_MS = 180_000;
/** Long enough for an API server to hear of a configuration, which takes it milliseconds. */
const PATIENCE_MS = 10_000;

const HISTOGRAM = "apiserver_admission_webhook_admission_duration_seconds";
const CONFIGURATIONS = [
  "validatingwebhookconfiguration/portcullis",
  "mutatingwebhookconfiguration/portcullis",
];
// Leaves out what is filled in, so that both webhooks have something to do.
const GOOD = JSON.stringify(pod("measured"));
const BAD = JSON.stringify(pod("bad", { container: { securityContext: { privileged: true } } }));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Client {
  /** The dry-run create of a Pod: its status, and the milliseconds that it took. */
  create(object: string): Promise<{ readonly status: number; readonly milliseconds: number }>;
  metrics(): Promise<ReadonlyMap<string, number>>;
  close(): void;
}

/** One connection to the API server, as `admin`. */
function clientOf(controlPlane: ControlPlane): Client {
  const { host, port, ca } = controlPlane.server;
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig());
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  const headers = {
    authorization: `Bearer ${config.getCurrentUser()?.token ?? ""}`,
    "content-type": "application/json",
  };
  const call = (method: string, path: string, body: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const sent = request({ agent, host, port, method, path, headers }, (response) => {
        text(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read }), reject);
      });
      sent.once("error", reject).end(body);
    });
  return {
    create: async (object) => {
      const start = performance.now();
      const { status } = await call("POST", `/api/v1/namespaces/${SHOP}/pods?dryRun=All`, object);
      return { status, milliseconds: performance.now() - start };
    },
    metrics: async () => metricValues((await call("GET", "/metrics", "")).body),
    close: () => agent.destroy(),
  };
}

type Kind = "without" | "with";

/** Installs or removes the configurations and waits until the API server does as they say. */
async function become(kind: Kind, { controlPlane, client, portcullis }: Setting): Promise<void> {
  const { code, stderr } =
    kind === "with"
      ? await portcullis.applyWebhooks()
      : await controlPlane.kubectl(["delete", "--ignore-not-found", ...CONFIGURATIONS]);
  if (code !== 0) throw new Error(stderr);
  const wanted = kind === "with" ? 403 : 201;
  const end = performance.now() + PATIENCE_MS;
  while ((await client.create(BAD)).status !== wanted) {
    if (performance.now() > end) throw new Error(`The API server does not behave as ${kind} the webhooks.`);
    await delay(50);
  }
}

interface Setting {
  readonly controlPlane: ControlPlane;
  readonly client: Client;
  readonly portcullis: InstalledPortcullis;
}

/** The value below which this share of the sorted values is. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

/** One round of one kind, after some requests that are not counted. */
async function measure(kind: Kind, setting: Setting): Promise<readonly number[]> {
  await become(kind, setting);
  const times: number[] = [];
  for (let sent = -WARM_UP; sent < REQUESTS; sent += 1) {
    const { status, milliseconds } = await setting.client.create(GOOD);
    if (status !== 201) throw new Error(`A good Pod was answered with ${status}.`);
    if (sent >= 0) times.push(milliseconds);
  }
  return times.toSorted((a, b) => a - b);
}

/** What one webhook took in the API server's histogram: calls, their mean, and the buckets that hold p50 and p99. */
function histogram(values: ReadonlyMap<string, number>, type: "admit" | "validating"): string {
  const series = [...values].filter(
    ([name]) =>
      name.startsWith(HISTOGRAM) && name.includes(`type="${type}"`) && name.includes('operation="CREATE"'),
  );
  const sum = (part: string): number =>
    series
      .filter(([name]) => name.startsWith(`${HISTOGRAM}_${part}{`))
      .reduce((total, [, value]) => total + value, 0);
  const buckets = new Map<number, number>();
  for (const [name, value] of series) {
    const edge = /le="([^"]+)"/.exec(name)?.[1];
    if (edge !== undefined) buckets.set(Number(edge), (buckets.get(Number(edge)) ?? 0) + value);
  }
  const bound = (share: number): string => {
    const edges = [...buckets.keys()].filter((edge) => !Number.isNaN(edge)).toSorted((a, b) => a - b);
    const edge = edges.find((each) => (buckets.get(each) ?? 0) >= share * sum("count"));
    return edge === undefined ? "above all buckets" : `at most ${edge * 1_000} ms`;
  };
  const mean = (sum("sum") / sum("count")) * 1_000;
  return `${type.padEnd(10)} ${sum("count")} calls, mean ${mean.toFixed(2)} ms, p50 ${bound(0.5)}, p99 ${bound(0.99)}`;
}

async function bench(controlPlane: ControlPlane): Promise<void> {
  const { file } = await loadBundle("policies", readEnvironment(process), say);
  const portcullis = await installPortcullis(controlPlane, { policies: file, bindings: [] });
  await controlPlane.kubectl(["create", "namespace", SHOP]);
  await controlPlane.kubectl(["wait", "--for=create", "serviceaccount/default", `--namespace=${SHOP}`]);
  const client = clientOf(controlPlane);
  const rows: Record<Kind, Sample[]> = { without: [], with: [] };
  const end = performance.now() + LIMIT_MS;
  try {
    for (let round = 0; round < ROUNDS && performance.now() < end; round += 1) {
      say(`round ${round + 1} of ${ROUNDS}`);
      for (const kind of ["without", "with"] as const) {
        const times = await measure(kind, { controlPlane, client, portcullis });
        rows[kind].push({ p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
      }
    }
    const values = await client.metrics();
    process.stdout.write(table(rows, [histogram(values, "admit"), histogram(values, "validating")]));
  } finally {
    client.close();
  }
}

function table(rows: Readonly<Record<Kind, readonly Sample[]>>, calls: readonly string[]): string {
  return render({
    title: `dry-run create of a Pod through the API server, ${REQUESTS} in a round, median of ${rows.with.length} rounds`,
    columns: [
      { key: "p50", label: "p50 ms", digits: 2, ratio: true },
      { key: "p99", label: "p99 ms", digits: 2, ratio: true },
    ],
    rows,
    reference: "without",
    aims: [],
    notes: [`${HISTOGRAM}, by the API server itself:`, ...calls.map((line) => `  ${line}`)],
  });
}

const controlPlane = await startControlPlane({ progress: say });
try {
  await bench(controlPlane);
} finally {
  await controlPlane.stop();
}
