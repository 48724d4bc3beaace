import type { Surroundings } from "../admission/admit.ts";
import { answer } from "../admission/answer.ts";
import { WEBHOOKS } from "../admission/decision.ts";
import { firstEvaluation, sampleReview } from "../admission/first-evaluation.ts";
import type { EvaluationCall } from "../engine/index.ts";

/**
 * Evaluates every policy once, and gives a note for each that failed; then decides a small review until the code that
 * all reviews pass through is fast: `calls` times for each webhook.
 */
export function warmUp(
  surroundings: Surroundings,
  call: () => EvaluationCall,
  calls: number,
): readonly string[] {
  const failures = firstEvaluation(surroundings, call());
  const body = sampleReview();
  for (let count = 0; count < calls; count += 1) {
    for (const webhook of WEBHOOKS) answer(body, webhook, surroundings, call());
  }
  return failures.map(
    ({ policy, error }) => `${policy} failed when it was evaluated once: ${error.message} ${error.remedy}`,
  );
}
