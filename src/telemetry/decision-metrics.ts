import type { Registry } from "prom-client";
import type { DecisionRecord } from "./decision-record.ts";
import { NumberedCounter } from "./numbered-counter.ts";
import { NumberedHistogram } from "./numbered-histogram.ts";
import { PolicyMetrics } from "./policy-metrics.ts";
import { ANSWERS, answerOf, isDryRun, REQUESTS } from "./series.ts";
import type { Snapshot } from "../admission/snapshot.ts";

/** Seconds. The API server's own admission histograms have the edges up to 2.5; 10 is a webhook's default timeout. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** What decisions add up to. */
export class DecisionMetrics {
  readonly #requests: NumberedCounter<keyof (typeof REQUESTS)[number]>;
  readonly #durations: NumberedHistogram<keyof (typeof ANSWERS)[number]>;
  readonly #policies: PolicyMetrics;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new NumberedCounter(
      {
        name: "portcullis_admission_requests_total",
        help: "Admission requests that were decided.",
        labelNames: ["webhook", "operation", "decision", "dry_run"],
        registers,
      },
      (number) => REQUESTS[number] ?? {},
    );
    this.#durations = new NumberedHistogram(
      {
        name: "portcullis_admission_duration_seconds",
        help: "Time from the arrival of an admission request to the end of its answer.",
        labelNames: ["webhook", "decision"],
        buckets: BUCKETS,
        registers,
      },
      (number) => ANSWERS[number] ?? {},
    );
    this.#policies = new PolicyMetrics(registry, BUCKETS);
    for (const number of REQUESTS.keys()) if (!isDryRun(number)) this.#requests.show(number);
  }

  loaded(snapshot: Snapshot): void {
    this.#policies.loaded(snapshot);
  }

  /** `seconds` from the request's arrival to the answer's end. */
  decided(record: DecisionRecord, seconds: number): void {
    const { request } = record;
    this.#requests.add(request);
    this.#durations.add(answerOf(request), seconds);
    this.#policies.decided(record);
  }
}
