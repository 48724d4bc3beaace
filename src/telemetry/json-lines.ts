import { pino, type DestinationStream, type Logger } from "pino";

/** A log line must stay below this: at 16 KiB container runtimes split lines (CRI log format). */
export const MAX_LINE_BYTES = 16 * 1024;
/** Bytes that a text from outside may take in a line. Names of Kubernetes have 253 at most, user names no limit. */
const MAX_TEXT_BYTES = 256;
/** The longest form of one UTF-16 unit in JSON: `\u0000`. */
const MAX_UNIT_BYTES = 6;

/** A log on `destination`, one JSON object a line with `level`, `time` and `msg`. */
export function jsonLines(destination: DestinationStream): Logger {
  const formatters = { level: (level: string) => ({ level }) };
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
}

/** Bytes of a value as JSON, with its quotes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The text, or as much of its beginning as fits into MAX_TEXT_BYTES of JSON, and `…`. */
export function shorten(text: string): string {
  if (text.length * MAX_UNIT_BYTES <= MAX_TEXT_BYTES || jsonBytes(text) <= MAX_TEXT_BYTES) return text;
  let short = "";
  let bytes = jsonBytes("…");
  for (const character of text) {
    bytes += jsonBytes(character) - jsonBytes("");
    if (bytes > MAX_TEXT_BYTES) break;
    short += character;
  }
  return `${short}…`;
}
