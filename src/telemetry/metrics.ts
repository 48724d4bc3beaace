import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { DECISIONS, WEBHOOKS, type Decision } from "../admission/decision.ts";
import { OUTCOMES } from "../admission/outcome.ts";
import { MUTATIONS } from "../admission/patch/mutation.ts";
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
  decided(decision: Decision, seconds: number): void;
  /** Counts a request that never became a decision, by the code of the error that it was answered with. */
  rejected(code: ErrorCode): void;
  /** The Prometheus text and its media type. */
  text(): Promise<string>;
  readonly contentType: string;
}

/**
 * Creates the metrics. Known series start at 0 (those of `rejections` at once, those of policies when they are
 * loaded): a series that appears with value 1 has no rate. Label values come from closed lists and loaded
 * configuration only.
 */
export function createMetrics(rejections: readonly ErrorCode[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const series = createSeries(registry);
  for (const labels of requestSeries()) series.requests.inc(labels, 0);
  for (const reason of rejections) series.rejected.inc({ reason }, 0);
  return {
    loaded: (snapshot) => {
      for (const labels of evaluationSeries(snapshot)) series.evaluations.inc(labels, 0);
      for (const labels of mutationSeries(snapshot)) series.mutations.inc(labels, 0);
      series.bundle.reset();
      series.bundle.set({ revision: snapshot.revision }, 1);
    },
    decided: (decision, seconds) => count(series, decision, seconds),
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

function count(series: ReturnType<typeof createSeries>, decision: Decision, seconds: number): void {
  const { kind, stage, request, outcomes, mutations } = decision;
  const dry_run = String(request.dryRun);
  series.requests.inc({ webhook: stage, operation: request.operation, decision: kind, dry_run });
  series.duration.observe({ webhook: stage, decision: kind }, seconds);
  for (const outcome of outcomes) {
    const { policy, enforcement, kind: result } = outcome;
    series.evaluations.inc({ policy, enforcement, result, dry_run });
    series.evaluationDuration.observe({ policy }, outcome.seconds);
  }
  for (const { policy, kind: result, seconds: inWasm } of mutations) {
    if (!request.dryRun) series.mutations.inc({ policy, result });
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
