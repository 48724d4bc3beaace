import { endLine } from "./decision-log.ts";
import type { DecisionRecord } from "./decision-record.ts";
import type { Metrics } from "./metrics.ts";

/** Takes each decision once, after its answer was sent; `seconds` from the request's arrival to the answer's end. */
export interface Recorder {
  readonly record: (record: DecisionRecord, seconds: number) => void;
}

/** Records to the metrics and the decision log: the only place where a decision leaves a trace. */
export function createRecorder(
  metrics: Pick<Metrics, "decided">,
  log: { write(line: string): unknown },
): Recorder {
  return {
    record: (record, seconds) => {
      metrics.decided(record, seconds);
      log.write(endLine(record.line, seconds));
    },
  };
}
