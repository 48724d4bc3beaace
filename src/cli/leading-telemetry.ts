import { readBundle } from "../certificates/authority.ts";
import { CERTIFICATE_FAULTS, type CertificateFault } from "../certificates/fault.ts";
import type { ConfigurationId } from "../cluster/webhook-configuration.ts";
import type { Correction, Unkept } from "../cluster/keep-webhooks.ts";
import type { PortcullisError } from "../error.ts";
import { leaderLog } from "../telemetry/leader-log.ts";
import type { LeaderMetrics, LeaderMetricsOptions } from "../telemetry/leader-metrics.ts";
import type { Output } from "./surroundings.ts";

/** What a replica does that takes part in the election; also the label values of `portcullis_leader_failures_total`. */
export const LEADER_TASKS = ["lease", "certificates", "webhooks"] as const;
export type LeaderTask = (typeof LEADER_TASKS)[number];

/** Everything that is counted and logged of the election and of the leader. */
export interface LeadingTelemetry {
  readonly leads: (isLeader: boolean) => void;
  readonly installed: (kinds: readonly string[], there: readonly string[]) => void;
  readonly corrected: (correction: Correction) => void;
  readonly unkept: (id: ConfigurationId, why: Unkept) => void;
  readonly trusted: (caBundle: string) => void;
  readonly stepped: (step: string) => void;
  readonly damaged: (fault: CertificateFault, error: PortcullisError) => void;
  /** `isNew`: another failure than the one that was told before. */
  readonly failed: (task: LeaderTask, error: PortcullisError, isNew: boolean) => void;
  readonly skewed: (milliseconds: number) => void;
}

const FAULTS = Object.keys(CERTIFICATE_FAULTS);

/** What to do about a configuration that is not kept. */
const REMEDIES: Readonly<Record<Unkept, string>> = {
  missing: "Install it with `portcullis webhooks --apply`; until then nothing of it is enforced.",
  foreign:
    "It was installed by something else, which has to keep it; or install it with `portcullis webhooks --apply`.",
  elsewhere:
    "Its entries lead to another server than --service; install it again with `portcullis webhooks --apply`.",
};

export function leadingTelemetry(
  stdout: Output,
  create: (options: LeaderMetricsOptions) => LeaderMetrics,
  skew: LeaderMetricsOptions["skew"],
): LeadingTelemetry {
  const metrics = create({ tasks: LEADER_TASKS, faults: FAULTS, skew });
  const log = leaderLog(stdout);
  return {
    leads: (isLeader) => {
      metrics.leads(isLeader);
      log.leads(isLeader);
    },
    installed: (kinds, there) => {
      for (const kind of kinds) metrics.installed(kind, there.includes(kind));
    },
    corrected: ({ id, difference, byOthers, manager }) => {
      if (byOthers) metrics.corrected();
      if (byOthers) log.corrected({ ...id, ...difference }, manager);
      else log.updated({ ...id, ...difference });
    },
    unkept: ({ kind }, why) => log.unkept(kind, why, REMEDIES[why]),
    trusted: (caBundle) => {
      const { authorities } = readBundle(Buffer.from(caBundle, "base64").toString());
      const [first] = authorities
        .map(({ x509 }) => x509.validToDate)
        .toSorted((a, b) => a.getTime() - b.getTime());
      if (first !== undefined) metrics.authorityExpires(first);
    },
    stepped: log.stepped,
    damaged: (fault, error) => {
      metrics.damaged(fault);
      log.damaged(error);
    },
    failed: (task, error, isNew) => {
      metrics.failed(task);
      if (isNew) log.failed(task, error);
    },
    skewed: (milliseconds) => log.skewed(Math.round(milliseconds / 1_000)),
  };
}
