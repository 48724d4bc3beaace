import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { DecisionRecord } from "./decision-record.ts";
import { DecisionMetrics } from "./decision-metrics.ts";
import { createLeaderMetrics, type LeaderMetrics, type LeaderMetricsOptions } from "./leader-metrics.ts";
import type { Snapshot } from "../admission/snapshot.ts";
import type { ErrorCode } from "../error.ts";

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
  /** Tells when the certificate expires that is served from now on. */
  certificateServed(notAfter: Date): void;
  /** Tells when the last authority expires that clients may come from (`--client-ca`). */
  clientCaUsed(notAfter: Date): void;
  /** The same of other authorities than before, which is counted. */
  clientCaReloaded(notAfter: Date): void;
  /** Counts an attempt to take over a changed certificate, the server's or that of authorities of clients. */
  certificateReloaded(result: (typeof RELOADS)[number]): void;
  /** Counts an attempt to follow a resource of the cluster that failed. */
  clusterFailed(resource: string): void;
  /** Creates the series of a replica that takes part in the election of a leader; called once at most. */
  leading(options: LeaderMetricsOptions): LeaderMetrics;
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
  /** Every resource that `clusterFailed` is called with. */
  readonly watched: readonly string[];
  /** Asked each time the metrics are read. */
  readonly load: () => { readonly waiting: number; readonly threads: number };
}

/**
 * Creates the metrics. Known series start at 0 (those of policies when they are loaded, the others at once): a series
 * that appears with value 1 has no rate. Label values come from closed lists and loaded configuration only.
 */
export function createMetrics({ rejections, replacements, watched, load }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const decisions = new DecisionMetrics(registry);
  const series = createServerSeries(registry);
  const certificate = createCertificateSeries(registry);
  // Without a certificate 0 would be one that expired in 1970.
  certificate.expiry.remove();
  certificate.clientCaExpiry.remove();
  createLoadGauges(registry, load);
  for (const reason of rejections) series.rejected.inc({ reason }, 0);
  for (const reason of replacements) series.replaced.inc({ reason }, 0);
  for (const resource of watched) series.clusterFailures.inc({ resource }, 0);
  for (const result of RELOADS) {
    series.reloads.inc({ result }, 0);
    certificate.reloads.inc({ result }, 0);
  }
  return {
    loaded: (snapshot) => {
      decisions.loaded(snapshot);
      series.bundle.reset();
      series.bundle.set({ revision: snapshot.revision }, 1);
    },
    decided: (record, seconds) => decisions.decided(record, seconds),
    replaced: (reason) => series.replaced.inc({ reason }),
    reloaded: (result) => {
      series.reloads.inc({ result });
      series.stale.set(result === "failure" ? 1 : 0);
    },
    certificateServed: (notAfter) => certificate.expiry.set(notAfter.getTime() / 1_000),
    clientCaUsed: (notAfter) => certificate.clientCaExpiry.set(notAfter.getTime() / 1_000),
    clientCaReloaded: (notAfter) => {
      certificate.reloads.inc({ result: "success" });
      certificate.clientCaExpiry.set(notAfter.getTime() / 1_000);
    },
    certificateReloaded: (result) => certificate.reloads.inc({ result }),
    clusterFailed: (resource) => series.clusterFailures.inc({ resource }),
    leading: (options) => createLeaderMetrics(registry, options),
    rejected: (reason) => series.rejected.inc({ reason }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** What happens to the server itself. */
function createServerSeries(registry: Registry) {
  const registers = [registry];
  return {
    rejected: new Counter({
      name: "portcullis_http_rejected_total",
      help: "Requests and TLS handshakes that never became a decision, by error code (docs/errors.md).",
      labelNames: ["reason"] as const,
      registers,
    }),
    bundle: new Gauge({
      name: "portcullis_bundle_info",
      help: "The bundle that decides; always 1.",
      labelNames: ["revision"] as const,
      registers,
    }),
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
    clusterFailures: new Counter({
      name: "portcullis_cluster_watch_failures_total",
      help: "Attempts to follow a resource of the cluster (`--cluster`) that failed; what was known stays known.",
      labelNames: ["resource"] as const,
      registers,
    }),
    stale: new Gauge({
      name: "portcullis_reload_failed",
      help: "1 if the last change could not be loaded and what was loaded before still decides.",
      registers,
    }),
  };
}

function createCertificateSeries(registry: Registry) {
  const registers = [registry];
  return {
    expiry: new Gauge({
      name: "portcullis_certificate_expiry_timestamp_seconds",
      help: "When the certificate that is served expires, in Unix seconds; of managed ones, its authority if that is earlier.",
      registers,
    }),
    clientCaExpiry: new Gauge({
      name: "portcullis_client_ca_expiry_timestamp_seconds",
      help: "When the last authority expires that clients may come from (`--client-ca`), in Unix seconds.",
      registers,
    }),
    reloads: new Counter({
      name: "portcullis_certificate_reloads_total",
      help: "Attempts to take over a changed certificate, the server's or of `--client-ca`; after a failure the one before it still counts.",
      labelNames: ["result"] as const,
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
