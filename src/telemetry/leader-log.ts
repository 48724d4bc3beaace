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
  /** What was done with the Secret of the certificates. */
  readonly stepped: (step: string) => void;
  readonly damaged: (error: PortcullisError) => void;
  readonly failed: (task: string, error: Pick<PortcullisError, "code" | "message" | "remedy">) => void;
  /** By how many seconds the clock of this machine is ahead of the API server's. */
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
        { ...short(difference), ...(manager === undefined ? {} : { manager: shorten(manager) }) },
        "somebody changed a webhook configuration; it was put back",
      ),
    updated: ({ isUnderIgnore, ...difference }) =>
      log.info(
        { ...short(difference), ...(isUnderIgnore ? { note: UNDER_IGNORE } : {}) },
        "webhook configuration updated",
      ),
    unkept: (kind, why, remedy) => log.warn({ kind, why, remedy }, "a webhook configuration is not kept"),
    stepped: (step) => log.info({ step }, "certificates in the Secret written"),
    damaged: ({ code, message, remedy }) =>
      log.warn(
        { code, reason: shorten(message), remedy: shorten(remedy) },
        "certificates in the Secret mended",
      ),
    failed: (task, { code, message, remedy }) =>
      log.error(
        { task, code, reason: shorten(message, MAX_REASON_BYTES), remedy: shorten(remedy) },
        "a task of the leader failed; it is tried again",
      ),
    skewed: (seconds) =>
      log.warn(
        { seconds },
        "the clock of this machine is not the API server's; that of the API server counts",
      ),
  };
}

function short({ kind, name, entry, field }: LoggedDifference) {
  return {
    kind,
    name,
    ...(entry === undefined ? {} : { entry: shorten(entry) }),
    ...(field === undefined ? {} : { field }),
  };
}
