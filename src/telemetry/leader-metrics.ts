import { Counter, Gauge, type Registry } from "prom-client";

/** What a replica measures that takes part in the election of a leader. */
export interface LeaderMetrics {
  /** Who stops leading no longer tells what only a leader knows. */
  leads(isLeader: boolean): void;
  /** Whether the cluster has a webhook configuration of that kind. */
  installed(kind: string, isThere: boolean): void;
  /** Whether that configuration is kept as policies and bindings want it. */
  kept(kind: string, isKept: boolean): void;
  /** Whether everything is under Ignore, because it was installed so; undefined if nothing is installed. */
  underIgnore(isUnderIgnore: boolean | undefined): void;
  /** Counts a change of a webhook configuration by somebody else that was put back. */
  corrected(): void;
  /** Tells when the first of the authorities expires that callers are told to trust. */
  authorityExpires(notAfter: Date): void;
  /** Counts something that was found wrong with the Secret of the certificates. */
  damaged(fault: string): void;
  /** Counts a task that failed; it is tried again. */
  failed(task: string): void;
}

export interface LeaderMetricsOptions {
  /** Every task that `failed` is called with. */
  readonly tasks: readonly string[];
  /** Every fault that `damaged` is called with. */
  readonly faults: readonly string[];
  /** Milliseconds by which the clock of this machine is ahead of the API server's; undefined if that is not known yet. */
  readonly skew: () => number | undefined;
}

/** Known series start at 0; gauges whose value is not known are absent, since 0 would be an alarm. */
export function createLeaderMetrics(
  registry: Registry,
  { tasks, faults, skew }: LeaderMetricsOptions,
): LeaderMetrics {
  const { leader, installed, kept, ignore, authority } = createLeaderGauges(registry, skew);
  const { corrections, failures, damages } = createLeaderCounters(registry);
  for (const task of tasks) failures.inc({ task }, 0);
  for (const fault of faults) damages.inc({ fault }, 0);
  authority.remove();
  ignore.remove();
  return {
    leads: (isLeader) => {
      leader.set(isLeader ? 1 : 0);
      installed.reset();
      kept.reset();
      ignore.remove();
      authority.remove();
    },
    installed: (kind, isThere) => installed.set({ kind }, isThere ? 1 : 0),
    kept: (kind, isKept) => kept.set({ kind }, isKept ? 1 : 0),
    underIgnore: (isUnderIgnore) => {
      if (isUnderIgnore === undefined) ignore.remove();
      else ignore.set(isUnderIgnore ? 1 : 0);
    },
    corrected: () => corrections.inc(),
    authorityExpires: (notAfter) => authority.set(notAfter.getTime() / 1_000),
    damaged: (fault) => damages.inc({ fault }),
    failed: (task) => failures.inc({ task }),
  };
}

function createLeaderGauges(registry: Registry, skew: LeaderMetricsOptions["skew"]) {
  const registers = [registry];
  // oxlint-disable-next-line no-new -- a gauge that is asked needs no name
  new Gauge({
    name: "portcullis_clock_skew_seconds",
    help: "By how much the clock of this machine is ahead of the API server's.",
    registers,
    collect() {
      const milliseconds = skew();
      if (milliseconds === undefined) this.remove();
      else this.set(milliseconds / 1_000);
    },
  });
  return {
    leader: new Gauge({
      name: "portcullis_leader",
      help: "1 on the replica that keeps certificates and webhooks, 0 on others that could.",
      registers,
    }),
    installed: new Gauge({
      name: "portcullis_webhooks_installed",
      help: "1 if the cluster has the webhook configuration, 0 if not; only the leader tells.",
      labelNames: ["kind"] as const,
      registers,
    }),
    kept: new Gauge({
      name: "portcullis_webhooks_kept",
      help: "1 if the webhook configuration is kept as policies and bindings want it, 0 if not; only the leader tells.",
      labelNames: ["kind"] as const,
      registers,
    }),
    ignore: new Gauge({
      name: "portcullis_webhooks_failure_policy_ignore",
      help: "1 if everything is under failurePolicy Ignore because it was installed so, 0 if not; only the leader tells.",
      registers,
    }),
    authority: new Gauge({
      name: "portcullis_certificate_authority_expiry_timestamp_seconds",
      help: "When the first of the authorities expires that callers are told to trust, in Unix seconds; only the leader tells.",
      registers,
    }),
  };
}

function createLeaderCounters(registry: Registry) {
  const registers = [registry];
  return {
    corrections: new Counter({
      name: "portcullis_webhook_corrections_total",
      help: "Changes of the webhook configurations by somebody else that were put back.",
      registers,
    }),
    failures: new Counter({
      name: "portcullis_leader_failures_total",
      help: "Attempts to hold the Lease or, as the leader, to keep certificates or webhooks that failed.",
      labelNames: ["task"] as const,
      registers,
    }),
    damages: new Counter({
      name: "portcullis_certificate_faults_total",
      help: "What was found wrong with the Secret of the certificates, and mended.",
      labelNames: ["fault"] as const,
      registers,
    }),
  };
}
