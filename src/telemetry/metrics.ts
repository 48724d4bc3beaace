import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { DECISIONS, WEBHOOKS } from "../admission/decision.ts";
import { OUTCOMES } from "../admission/outcome.ts";
import { MUTATIONS } from "../admission/patch/mutation.ts";
import type { DecisionRecord } from "./decision-record.ts";
import type { Snapshot } from "../admission/snapshot.ts";
import type { ErrorCode } from "../error.ts";
import { OPERATIONS, type Enforcement } from "../policy/rule.ts";

/** Seconds. The API server's own admission histograms have the edges up to 2.5; 10 is a webhook's default timeout. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** What is measured. One per process; lives as long as the process, so that counters never go back. */
export interface Metrics {
  /** Takes over a snapshot: its revision, and the series of its policies at 0. */
  loaded(snapshot: Snapshot): void;
  /** Counts a decision with all its outcomes; `seconds` from the request's arrival to the answer's end. */
  decided(record: DecisionRecord, seconds: number): void;
  /** Counts a worker thread that had to be replaced. */
  replaced(reason: string): void;
  /** Counts an attempt to load changed policies, bindings or inventory; a failure stays visible until the next success. */
  reloaded(result: (typeof RELOADS)[number]): void;
  /** Counts a request that never became a decision, by the code of the error that it was answered with. */
  rejected(code: ErrorCode): void;
  /** The Prometheus text and its media type. */
  text(): Promise<string>;
  readonly contentType: string;
}

const RELOADS = ["success", "failure"] as const;

/** What metrics need from those who wire them. */
export interface MetricsOptions {
  /** Every code that `rejected` is called with. */
  readonly rejections: readonly ErrorCode[];
  /** Every reason that `replaced` is called with. */
  readonly replacements: readonly string[];
  /** Asked each time the metrics are read. */
  readonly load: () => { readonly waiting: number; readonly threads: number };
}

/**
 * Creates the metrics. Known series start at 0 (those of policies when they are loaded, the others at once): a series
 * that appears with value 1 has no rate. Label values come from closed lists and loaded configuration only.
 */
export function createMetrics({ rejections, replacements, load }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const series = { ...createSeries(registry), ...createServerSeries(registry) };
  createLoadGauges(registry, load);
  for (const labels of requestSeries()) series.requests.inc(labels, 0);
  for (const reason of rejections) series.rejected.inc({ reason }, 0);
  for (const reason of replacements) series.replaced.inc({ reason }, 0);
  for (const result of RELOADS) series.reloads.inc({ result }, 0);
  return {
    loaded: (snapshot) => {
      for (const labels of evaluationSeries(snapshot)) series.evaluations.inc(labels, 0);
      for (const labels of mutationSeries(snapshot)) series.mutations.inc(labels, 0);
      series.bundle.reset();
      series.bundle.set({ revision: snapshot.revision }, 1);
    },
    decided: (record, seconds) => count(series, record, seconds),
    replaced: (reason) => series.replaced.inc({ reason }),
    reloaded: (result) => {
      series.reloads.inc({ result });
      series.stale.set(result === "failure" ? 1 : 0);
    },
    rejected: (reason) => series.rejected.inc({ reason }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function createSeries(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: "portcullis_admission_requests_total",
      help: "Admission requests that were decided.",
      labelNames: ["webhook", "operation", "decision", "dry_run"] as const,
      registers,
    }),
    evaluations: new Counter({
      name: "portcullis_policy_evaluations_total",
      help: "Evaluations of a policy under a binding. Denial rate: violations under deny by all under deny, without dry runs.",
      labelNames: ["policy", "enforcement", "result", "dry_run"] as const,
      registers,
    }),
    mutations: new Counter({
      name: "portcullis_mutations_total",
      help: "What the patch rule of a policy came to under a binding, by request, without dry runs.",
      labelNames: ["policy", "result"] as const,
      registers,
    }),
    rejected: new Counter({
      name: "portcullis_http_rejected_total",
      help: "Requests and TLS handshakes that never became a decision, by error code (docs/errors.md).",
      labelNames: ["reason"] as const,
      registers,
    }),
    duration: new Histogram({
      name: "portcullis_admission_duration_seconds",
      help: "Time from the arrival of an admission request to the end of its answer.",
      labelNames: ["webhook", "decision"] as const,
      buckets: BUCKETS,
      registers,
    }),
    evaluationDuration: new Histogram({
      name: "portcullis_policy_evaluation_duration_seconds",
      help: "Time spent in the WebAssembly of a policy for one request, under one binding.",
      labelNames: ["policy"] as const,
      buckets: BUCKETS,
      registers,
    }),
    bundle: new Gauge({
      name: "portcullis_bundle_info",
      help: "The bundle that decides; always 1.",
      labelNames: ["revision"] as const,
      registers,
    }),
  };
}

/** What happens to the server itself. */
function createServerSeries(registry: Registry) {
  const registers = [registry];
  return {
    replaced: new Counter({
      name: "portcullis_workers_replaced_total",
      help: "Worker threads that were replaced: a policy ran out of time, or the thread ended by itself.",
      labelNames: ["reason"] as const,
      registers,
    }),
    reloads: new Counter({
      name: "portcullis_reloads_total",
      help: "Attempts to load changed policies, bindings or inventory.",
      labelNames: ["result"] as const,
      registers,
    }),
    stale: new Gauge({
      name: "portcullis_reload_failed",
      help: "1 if the last change could not be loaded and what was loaded before still decides.",
      registers,
    }),
  };
}

function createLoadGauges(registry: Registry, load: MetricsOptions["load"]): void {
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge(
    "portcullis_waiting_requests",
    "Admission requests that wait for a worker thread.",
    () => load().waiting,
  );
  gauge("portcullis_workers", "Worker threads that are ready to decide.", () => load().threads);
}

function count(series: ReturnType<typeof createSeries>, record: DecisionRecord, seconds: number): void {
  const { webhook, operation, decision, dryRun, outcomes, mutations } = record;
  const dry_run = String(dryRun);
  series.requests.inc({ webhook, operation, decision, dry_run });
  series.duration.observe({ webhook, decision }, seconds);
  for (const { policy, enforcement, result, seconds: inWasm } of outcomes) {
    series.evaluations.inc({ policy, enforcement, result, dry_run });
    series.evaluationDuration.observe({ policy }, inWasm);
  }
  for (const { policy, result, seconds: inWasm } of mutations) {
    if (!dryRun) series.mutations.inc({ policy, result });
    series.evaluationDuration.observe({ policy }, inWasm);
  }
}

function requestSeries() {
  return WEBHOOKS.flatMap((webhook) =>
    OPERATIONS.flatMap((operation) =>
      DECISIONS.map((decision) => ({ webhook, operation, decision, dry_run: "false" })),
    ),
  );
}

/** Without dry runs: they are left out of every rate, and their series would double the page for nothing. */
function evaluationSeries({ policies }: Snapshot) {
  return policies.flatMap(({ bound }) =>
    enforcements(bound).flatMap((enforcement) =>
      OUTCOMES.map((result) => ({ policy: bound.policy.id, enforcement, result, dry_run: "false" })),
    ),
  );
}

function mutationSeries({ policies }: Snapshot) {
  return policies
    .filter(({ bound }) => bound.policy.entrypoints.patch !== undefined)
    .flatMap(({ bound }) => MUTATIONS.map((result) => ({ policy: bound.policy.id, result })));
}

/** The enforcements that outcomes of a bound policy can have: a `warn` rule always warns. */
function enforcements({
  policy,
  enforcement,
}: Snapshot["policies"][number]["bound"]): readonly Enforcement[] {
  const { deny, violation, warn } = policy.entrypoints;
  return [
    ...(deny === undefined && violation === undefined ? [] : [enforcement]),
    ...(warn === undefined ? [] : ["warn" as const]),
  ];
}
