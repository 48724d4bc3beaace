import { authoritiesIn } from "../../../certificates/authority.ts";
import { CERTIFICATE_FAULTS, type CertificateFault } from "../../../certificates/fault.ts";
import type { ConfigurationId } from "../../../cluster/webhooks/configuration.ts";
import type { Correction, Unkept } from "../../../cluster/leader/keep-webhooks.ts";
import type { PortcullisError } from "../../../error.ts";
import { leaderLog, type LeaderLog } from "../../../telemetry/leader-log.ts";
import type { LeaderMetrics, LeaderMetricsOptions } from "../../../telemetry/leader-metrics.ts";
import type { Output } from "../../surroundings.ts";
import { Told } from "../told.ts";
import { triedAgain } from "../tried-again.ts";

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
  /** `manager`: who has changed the Secret last, if anybody knows. */
  readonly damaged: (fault: CertificateFault, error: PortcullisError, manager: string | undefined) => void;
  /** `isNews`: the log is to be told. */
  readonly failed: (task: LeaderTask, error: PortcullisError, isNews: boolean) => void;
  readonly recovered: (task: LeaderTask, after: Failures) => void;
  /** How far ahead the clock of this machine is; 0 if it is no longer wrong. */
  readonly skewed: (milliseconds: number) => void;
}

/** How often a task has failed, and for how long. */
export interface Failures {
  readonly attempts: number;
  readonly milliseconds: number;
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

export interface LeadingTelemetryOptions {
  readonly stdout: Output;
  readonly create: (options: LeaderMetricsOptions) => LeaderMetrics;
  readonly skew: LeaderMetricsOptions["skew"];
  /** Milliseconds since some moment; never goes back and never jumps. */
  readonly now: () => number;
}

export function leadingTelemetry({ stdout, create, skew, now }: LeadingTelemetryOptions): LeadingTelemetry {
  const metrics = create({ tasks: LEADER_TASKS, faults: FAULTS, skew });
  const log = leaderLog(stdout);
  const { kept, remark, forget } = keeping(metrics, log, now);
  // Who fights with somebody does not fill the log.
  const changes = new Told(now);
  const damages = new Map(FAULTS.map((fault) => [fault, new Told(now)]));
  return {
    leads: (isLeader) => {
      forget();
      metrics.leads(isLeader);
      log.leads(isLeader);
    },
    installed: (kinds, there) => {
      for (const kind of kinds) metrics.installed(kind, there.includes(kind));
    },
    corrected: ({ id, difference, isUnderIgnore, byOthers, manager }) => {
      if (byOthers) metrics.corrected();
      if (!byOthers) log.updated({ ...id, ...difference, isUnderIgnore });
      else if (changes.happened()) log.corrected({ ...id, ...difference }, manager);
    },
    kept,
    underIgnore: (isUnderIgnore) => metrics.underIgnore(isUnderIgnore),
    remark,
    trusted: (caBundle) => {
      const first = firstExpiry(caBundle);
      if (first !== undefined) metrics.authorityExpires(first);
    },
    stepped: log.stepped,
    damaged: (fault, error, manager) => {
      metrics.damaged(fault);
      if (damages.get(fault)?.happened() === true) log.damaged(fault, error, manager);
    },
    failed: (task, error, isNews) => {
      metrics.failed(task);
      if (isNews) log.failed(task, triedAgain(error));
    },
    recovered: (task, { attempts, milliseconds }) =>
      log.recovered(task, attempts, Math.round(milliseconds / 1_000)),
    skewed: (milliseconds) => log.skewed(Math.round(milliseconds / 1_000)),
  };
}

interface Keeping extends Pick<LeadingTelemetry, "kept" | "remark"> {
  /** Who leads no more knows of none. */
  readonly forget: () => void;
}

/** What is not kept now. Somebody may take one over and give it back all the time: that fills no log. */
function keeping(
  metrics: Pick<LeaderMetrics, "kept">,
  log: Pick<LeaderLog, "kept" | "unkept">,
  now: () => number,
): Keeping {
  const unkept = new Map<ConfigurationId, { readonly why: Unkept; readonly isTold: boolean }>();
  const told = new Told(now);
  return {
    kept: (id, why) => {
      metrics.kept(id.kind, why === undefined);
      if (why === undefined) {
        if (unkept.get(id)?.isTold === true) log.kept(id.kind);
        unkept.delete(id);
      } else {
        const isTold = told.happened();
        unkept.set(id, { why, isTold });
        if (isTold) log.unkept(id.kind, why, remedyFor(id, why));
      }
    },
    remark: () => remarkOn(unkept),
    forget: () => unkept.clear(),
  };
}

/** One that is missing may have been deleted on purpose. */
function remarkOn(unkept: ReadonlyMap<ConfigurationId, { readonly why: Unkept }>): string | undefined {
  const remarks = [...unkept]
    .filter(([, { why }]) => why !== "missing")
    .map(([id, { why }]) => `The ${id.kind} ${id.name} is not kept (${why}). ${remedyFor(id, why)}`);
  return remarks.length === 0 ? undefined : remarks.join(" ");
}

function firstExpiry(caBundle: string): Date | undefined {
  const authorities = authoritiesIn(caBundle);
  return authorities.map(({ x509 }) => x509.validToDate).toSorted((a, b) => a.getTime() - b.getTime())[0];
}
