import type { PrintedOutput } from "./decision-record.ts";
import { jsonLines, MAX_LINE_BYTES, shorten } from "./json-lines.ts";

/** Bytes of a printed line; the rest of the log's line is names. */
const MAX_PRINTED_BYTES = MAX_LINE_BYTES / 2;

/** Gives a line of level `debug` for each line that policies printed while a request was decided. */
export function createPrintLines(): (printed: PrintedOutput) => string {
  let written = "";
  const log = jsonLines({ write: (line) => void (written += line) }, "debug");
  return ({ uid, lines }) => {
    written = "";
    for (const { policy, rule, text } of lines) {
      log.debug({ uid: shorten(uid), policy, rule, text: shorten(text, MAX_PRINTED_BYTES) }, "print");
    }
    return written;
  };
}
