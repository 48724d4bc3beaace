import type { Decision } from "../admission/decision.ts";
import type { DecisionLog } from "./decision-log.ts";
import type { Metrics } from "./metrics.ts";

/** Takes each decision once, after its answer was sent; `seconds` from the request's arrival to the answer's end. */
export interface Recorder {
  readonly record: (decision: Decision, seconds: number) => void;
}

/** Records to the metrics and the decision log: the only place where a decision leaves a trace. */
export function createRecorder(metrics: Pick<Metrics, "decided">, log: DecisionLog): Recorder {
  return {
    record: (decision, seconds) => {
      metrics.decided(decision, seconds);
      log(decision, seconds);
    },
  };
}
