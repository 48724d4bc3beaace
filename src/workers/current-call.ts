import type { EvaluationCall } from "../engine/index.ts";

/** The clock and the seed for one request. */
export function currentCall(): EvaluationCall {
  return { now: BigInt(Date.now()) * 1_000_000n, seed: crypto.randomUUID() };
}
