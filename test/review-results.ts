import type { DecisionRecord } from "../src/telemetry/decision-record.ts";
import type { ReviewResult } from "../src/workers/review-call.ts";

/** What tests of the server take for the answers of workers. */
export const RECORD: DecisionRecord = {
  policies: [],
  request: 0,
  counts: [],
  line: "{}",
};

/** A decision whose answer has this text. */
export function decided(body: string): ReviewResult {
  return { kind: "decided", body, record: RECORD };
}
