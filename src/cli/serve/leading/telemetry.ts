import { readBundle } from "../../../certificates/authority.ts";
import { CERTIFICATE_FAULTS, type CertificateFault } from "../../../certificates/fault.ts";
import type { ConfigurationId } from "../../../cluster/webhooks/configuration.ts";
import type { Correction, Unkept } from "../../../cluster/leader/keep-webhooks.ts";
import type { PortcullisError } from "../../../error.ts";
import { leaderLog } from "../../../telemetry/leader-log.ts";
import type { LeaderMetrics, LeaderMetricsOptions } from "../../../telemetry/leader-metrics.ts";
import type { Output } from "../../surroundings.ts";

/** What a replica does that takes part in the election; also the label values of `portcullis_leader_failures_total`. */
export const LEADER_TASKS = ["lease", "certificates", "webhooks"] as const;
export type LeaderTask = (typeof LEADER_TASKS)[number];

/** Everything that is counted and logged of the election and of the leader. */
export interface LeadingTelemetry {
  readonly leads: (isLeader: boolean) => void;
  readonly installed: (kinds: readonly string[], there: readonly string[]) => void;
  readonly corrected: (correction: Correction) => void;
  /** Whether a configuration is kept, or why not. */
  readonly kept: (id: ConfigurationId, why: Unkept | undefined) => void;
  /** Whether everything is under Ignore because it was installed so; undefined if nothing is installed. */
  readonly underIgnore: (isUnderIgnore: boolean | undefined) => void;
  /** For people, while something that is installed is not kept; else undefined. */
  readonly remark: () => string | undefined;
  readonly trusted: (caBundle: string) => void;
  readonly stepped: (step: string) => void;
  readonly damaged: (fault: CertificateFault, error: PortcullisError) => void;
  /** `isNew`: another failure than the one that was told before. */
  readonly failed: (task: LeaderTask, error: PortcullisError, isNew: boolean) => void;
  readonly skewed: (milliseconds: number) => void;
}

const FAULTS = Object.keys(CERTIFICATE_FAULTS);

/** What to do about a configuration that is not kept. Nothing is in the way of installing what was deleted. */
function remedyFor({ kind, name }: ConfigurationId, why: Unkept): string {
  if (why === "missing")
    return "Install it with `portcullis webhooks --apply`; until then nothing of it is enforced.";
  const command = `kubectl delete ${kind.toLowerCase()} ${name}`;
  return `Delete it with \`${command}\` and install it with \`portcullis webhooks --apply\`; in between nothing of it is enforced. ${OTHERWISE[why]}`;
}

const OTHERWISE: Readonly<Record<Exclude<Unkept, "missing">, string>> = {
  foreign: "Or leave it to whatever else has installed it.",
  unrecorded: "Until then nobody knows for which server it was installed.",
  elsewhere: "It was installed for another Service than --service.",
};

/** A Pod's permissions come from manifests, not from whose kubeconfig it is. */
const PERMISSIONS =
  "Apply the manifests of Portcullis again (docs/install.md): they bind its ServiceAccount to the permissions that it needs.";

export function leadingTelemetry(
  stdout: Output,
  create: (options: LeaderMetricsOptions) => LeaderMetrics,
  skew: LeaderMetricsOptions["skew"],
): LeadingTelemetry {
  const metrics = create({ tasks: LEADER_TASKS, faults: FAULTS, skew });
  const log = leaderLog(stdout);
  const unkept = new Map<string, string>();
  return {
    leads: (isLeader) => {
      unkept.clear();
      metrics.leads(isLeader);
      log.leads(isLeader);
    },
    installed: (kinds, there) => {
      for (const kind of kinds) metrics.installed(kind, there.includes(kind));
    },
    corrected: ({ id, difference, isUnderIgnore, byOthers, manager }) => {
      if (byOthers) metrics.corrected();
      if (byOthers) log.corrected({ ...id, ...difference }, manager);
      else log.updated({ ...id, ...difference, isUnderIgnore });
    },
    kept: (id, why) => {
      metrics.kept(id.kind, why === undefined);
      if (why !== undefined) log.unkept(id.kind, why, remedyFor(id, why));
      // One that is missing may have been deleted on purpose.
      if (why === undefined || why === "missing") unkept.delete(id.kind);
      else unkept.set(id.kind, `The ${id.kind} ${id.name} is not kept (${why}). ${remedyFor(id, why)}`);
    },
    underIgnore: (isUnderIgnore) => metrics.underIgnore(isUnderIgnore),
    remark: () => (unkept.size === 0 ? undefined : [...unkept.values()].join(" ")),
    trusted: (caBundle) => {
      const first = firstExpiry(caBundle);
      if (first !== undefined) metrics.authorityExpires(first);
    },
    stepped: log.stepped,
    damaged: (fault, error) => {
      metrics.damaged(fault);
      log.damaged(error);
    },
    failed: (task, error, isNew) => {
      metrics.failed(task);
      const { code, message } = error;
      const remedy = code === "CLUSTER_FORBIDDEN" ? PERMISSIONS : error.remedy;
      if (isNew) log.failed(task, { code, message, remedy });
    },
    skewed: (milliseconds) => log.skewed(Math.round(milliseconds / 1_000)),
  };
}

function firstExpiry(caBundle: string): Date | undefined {
  const { authorities } = readBundle(Buffer.from(caBundle, "base64").toString());
  return authorities.map(({ x509 }) => x509.validToDate).toSorted((a, b) => a.getTime() - b.getTime())[0];
}
