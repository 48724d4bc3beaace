import type { Surroundings } from "../admission/admit.ts";
import { answer } from "../admission/answer.ts";
import { WEBHOOKS } from "../admission/decision.ts";
import { firstEvaluation, sampleReview } from "../admission/first-evaluation.ts";
import type { EvaluationCall } from "../engine/engine.ts";

/** After so many calls V8 has compiled what runs often; more of them change the time of a call no further. */
const CALLS = 300;

/**
 * Evaluates every policy once, and gives a note for each that failed; then decides a small review until the code that
 * all reviews pass through is fast.
 */
export function warmUp(surroundings: Surroundings, call: () => EvaluationCall): readonly string[] {
  const failures = firstEvaluation(surroundings, call());
  const body = sampleReview();
  for (let count = 0; count < CALLS; count += 1) {
    for (const webhook of WEBHOOKS) answer(body, webhook, surroundings, call());
  }
  return failures.map(
    ({ policy, error }) => `${policy} failed when it was evaluated once: ${error.message} ${error.remedy}`,
  );
}
