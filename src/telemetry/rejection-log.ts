import type { DestinationStream } from "pino";
import type { ErrorCode, PortcullisError } from "../error.ts";
import { jsonLines, shorten } from "./json-lines.ts";

/**
 * What anyone who reaches a port can bring about without sending a request that is read, and what comes of too many requests: as many
 * lines as connections would let a flood fill the log. Their messages are a closed set; the metric counts every one.
 */
const LIMITED: ReadonlySet<ErrorCode> = new Set([
  "TLS_FAILED",
  "HTTP_INVALID",
  "CLIENT_FORBIDDEN",
  "NOT_READY",
  "CONNECTION_LIMIT",
  "OVERLOADED",
  "REVIEW_TIMEOUT",
]);
const MINUTE_MS = 60_000;

/**
 * Writes one line of JSON for each request that never became a decision; a fault of Portcullis with its cause. For
 * connections that never became a request, and for requests beyond what the server takes, one line a minute for each message; `left_out` counts those since the last.
 * `now` in milliseconds.
 */
export function rejectionLog(
  destination: DestinationStream,
  now: () => number,
): (error: PortcullisError) => void {
  const log = jsonLines(destination);
  const passes = oncePerMinute(now);
  return (error) => {
    const pass = LIMITED.has(error.code) ? passes(`${error.code} ${error.message}`) : { leftOut: undefined };
    if (pass === undefined) return;
    const line = {
      code: error.code,
      reason: shorten(error.message),
      remedy: shorten(error.remedy),
      left_out: pass.leftOut,
    };
    if (error.code === "INTERNAL") log.error({ ...line, err: error.cause }, "rejected");
    else log.warn(line, "rejected");
  };
}

interface Pass {
  /** How many of the same did not pass since the last that did; undefined for none. */
  readonly leftOut: number | undefined;
}

/** Lets each key pass once a minute; lives as long as the log, with one entry for each key. */
function oncePerMinute(now: () => number): (key: string) => Pass | undefined {
  const last = new Map<string, { readonly time: number; readonly leftOut: number }>();
  return (key) => {
    const { time, leftOut } = last.get(key) ?? { time: -Infinity, leftOut: 0 };
    if (now() - time < MINUTE_MS) {
      last.set(key, { time, leftOut: leftOut + 1 });
      return undefined;
    }
    last.set(key, { time: now(), leftOut: 0 });
    return { leftOut: leftOut === 0 ? undefined : leftOut };
  };
}
