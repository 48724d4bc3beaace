import type { DestinationStream } from "pino";
import type { PortcullisError } from "../error.ts";
import { jsonLines, shorten } from "./json-lines.ts";

/** A webhook configuration, and where it is not as it should be. */
interface LoggedDifference {
  readonly kind: string;
  readonly name: string;
  /** Undefined for what is in no entry. */
  readonly entry: string | undefined;
  /** Of the entry; undefined if all of it is too much or missing. */
  readonly field: string | undefined;
}

/** Lines for what a replica does that takes part in the election of a leader. */
export interface LeaderLog {
  readonly leads: (isLeader: boolean) => void;
  /** `manager`: who has changed it, as server-side apply knows them. */
  readonly corrected: (difference: LoggedDifference, manager: string | undefined) => void;
  /** `isUnderIgnore`: because it was installed so. */
  readonly updated: (difference: LoggedDifference & { readonly isUnderIgnore: boolean }) => void;
  readonly unkept: (kind: string, why: string, remedy: string) => void;
  /** One that was told to be unkept is kept. */
  readonly kept: (kind: string) => void;
  /** What was done with the Secret of the certificates. */
  readonly stepped: (step: string) => void;
  /** `fault` as in the metric; `manager`: who has changed the Secret last, if anybody knows. */
  readonly damaged: (fault: string, error: PortcullisError, manager: string | undefined) => void;
  readonly failed: (task: string, error: PortcullisError) => void;
  /** A task that has failed so many times, for so long. */
  readonly recovered: (task: string, failures: number, seconds: number) => void;
  /** By how many seconds the clock of this machine is ahead of the API server's; 0 if it is again the same. */
  readonly skewed: (seconds: number) => void;
}

/** With a Service's name and namespace of 63 bytes each, Kubernetes' words for a missing permission take up to 700. */
const MAX_REASON_BYTES = 1_024;

const UNDER_IGNORE = "everything is under failurePolicy Ignore, because it was installed so";

export function leaderLog(destination: DestinationStream): LeaderLog {
  const log = jsonLines(destination);
  return {
    leads: (isLeader) => log.info(isLeader ? "this replica leads" : "this replica does not lead any more"),
    corrected: (difference, manager) =>
      log.warn(
        { ...short(difference), ...by(manager) },
        "somebody changed a webhook configuration; it was put back",
      ),
    updated: ({ isUnderIgnore, ...difference }) =>
      log.info(
        { ...short(difference), ...(isUnderIgnore ? { note: UNDER_IGNORE } : {}) },
        "webhook configuration updated",
      ),
    unkept: (kind, why, remedy) => log.warn({ kind, why, remedy }, "a webhook configuration is not kept"),
    kept: (kind) => log.info({ kind }, "a webhook configuration is kept"),
    stepped: (step) => log.info({ step }, "certificates in the Secret written"),
    damaged: (fault, { code, message, remedy }, manager) =>
      log.warn(
        { fault, code, reason: shorten(message), remedy: shorten(remedy), ...by(manager) },
        "the Secret of the certificates is not as it should be",
      ),
    failed: (task, { code, message, remedy }) =>
      log.error(
        { task, code, reason: shorten(message, MAX_REASON_BYTES), remedy: shorten(remedy) },
        "a task of the leader failed; it is tried again",
      ),
    recovered: (task, failures, seconds) =>
      log.info({ task, failures, seconds }, "a task of the leader works again"),
    skewed: (seconds) => {
      if (seconds === 0) log.info("the clock of this machine is the API server's again");
      else
        log.warn(
          { seconds, remedy: "Set the clock of the machine, by NTP." },
          "the clock of this machine is not the API server's; that of the API server counts",
        );
    },
  };
}

function by(manager: string | undefined): { readonly manager?: string } {
  return manager === undefined ? {} : { manager: shorten(manager) };
}

function short({ kind, name, entry, field }: LoggedDifference) {
  return {
    kind,
    name,
    ...(entry === undefined ? {} : { entry: shorten(entry) }),
    ...(field === undefined ? {} : { field }),
  };
}
