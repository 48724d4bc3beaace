import type { DecisionRecord } from "../src/telemetry/decision-record.ts";
import type { ReviewResult } from "../src/workers/review-call.ts";

/** What tests of the server take for the answers of workers. */
export const RECORD: DecisionRecord = {
  webhook: "validate",
  operation: "CREATE",
  decision: "allow",
  dryRun: false,
  outcomes: [],
  mutations: [],
  line: "{}",
};

/** A decision whose answer has this text. */
export function decided(body: string): ReviewResult {
  return { kind: "decided", body, record: RECORD };
}
