import type { DestinationStream } from "pino";
import type { PortcullisError } from "../error.ts";
import { jsonLines, shorten } from "./json-lines.ts";

/** Lines for what happens to the server itself, beside decisions and rejections. */
export interface EventLog {
  readonly workerReplaced: (reason: string, why: string) => void;
  readonly reloaded: (revision: string, notes: readonly string[]) => void;
  readonly reloadFailed: (error: PortcullisError) => void;
  readonly clusterFailed: (resource: string, error: PortcullisError) => void;
  readonly certificateReloaded: (notAfter: Date) => void;
  readonly clientCaReloaded: (notAfter: Date) => void;
  readonly certificateRefused: (error: PortcullisError) => void;
}

export function eventLog(destination: DestinationStream): EventLog {
  const log = jsonLines(destination);
  return {
    workerReplaced: (reason, why) => log.warn({ reason, why: shorten(why) }, "worker replaced"),
    reloaded: (revision, notes) =>
      log.info({ revision, notes: notes.map((note) => shorten(note)) }, "reloaded"),
    clusterFailed: (resource, { code, message, remedy }) =>
      log.warn(
        { resource, code, reason: shorten(message), remedy: shorten(remedy) },
        "the cluster could not be followed; it is tried again",
      ),
    certificateReloaded: (notAfter) => log.info({ notAfter }, "certificate reloaded"),
    clientCaReloaded: (notAfter) => log.info({ notAfter }, "authorities of clients reloaded"),
    certificateRefused: ({ code, message, remedy, position }) =>
      log.error(
        { code, reason: shorten(message), remedy: shorten(remedy), position },
        "certificate refused; what was read before is still used",
      ),
    reloadFailed: ({ code, message, remedy, position }) =>
      log.error(
        { code, reason: shorten(message), remedy: shorten(remedy), position },
        "reload failed; what was loaded before still decides",
      ),
  };
}
