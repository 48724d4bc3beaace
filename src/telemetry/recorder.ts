import { endLine } from "./decision-log.ts";
import type { DecisionRecord } from "./decision-record.ts";
import type { Metrics } from "./metrics.ts";
import { createPrintLines } from "./print-log.ts";

/** Takes each decision once, after its answer was sent; `seconds` from the request's arrival to the answer's end. */
export interface Recorder {
  readonly record: (record: DecisionRecord, seconds: number) => void;
}

/**
 * Records to the metrics and the decision log: the only place where a decision leaves a trace. The lines of one turn of
 * the event loop are written together, since each write to standard output is a call of the system that waits.
 */
export function createRecorder(
  metrics: Pick<Metrics, "decided">,
  log: { write(lines: string): unknown },
): Recorder {
  const printLines = createPrintLines();
  let lines = "";
  const write = (): void => {
    log.write(lines);
    lines = "";
  };
  return {
    record: (record, seconds) => {
      metrics.decided(record, seconds);
      if (lines === "") setImmediate(write);
      if (record.printed !== undefined) lines += printLines(record.printed);
      lines += endLine(record.line, seconds);
    },
  };
}
