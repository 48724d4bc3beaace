import { pino, type DestinationStream, type Logger } from "pino";
import type { LogLevel } from "./log-level.ts";

/** A log line must stay below this: at 16 KiB container runtimes split lines (CRI log format). */
export const MAX_LINE_BYTES = 16 * 1024;
/** Bytes that a text from outside may take in a line. Names of Kubernetes have 253 at most, user names no limit. */
const MAX_TEXT_BYTES = 256;
/** The longest form of one UTF-16 unit in JSON: `\u0000`. */
const MAX_UNIT_BYTES = 6;

/** A log on `destination` from a level on, one JSON object a line with `level`, `time` and `msg`. */
export function jsonLines(destination: DestinationStream, level: LogLevel = "info"): Logger {
  const formatters = { level: (name: string) => ({ level: name }) };
  return pino({ base: null, level, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
}

/** Bytes of a value as JSON, with its quotes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The text, or as much of its beginning as fits into so many bytes of JSON, and `…`. */
export function shorten(text: string, maxBytes = MAX_TEXT_BYTES): string {
  if (text.length * MAX_UNIT_BYTES <= maxBytes || jsonBytes(text) <= maxBytes) return text;
  let short = "";
  let bytes = jsonBytes("…");
  for (const character of text) {
    bytes += jsonBytes(character) - jsonBytes("");
    if (bytes > maxBytes) break;
    short += character;
  }
  return `${short}…`;
}
