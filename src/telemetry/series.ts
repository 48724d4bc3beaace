/**
 * The numbers by which a decision names the series that it adds to. Labels cost on their way from thread to thread, and
 * again wherever a series is looked up by them: a decision on twenty policies has more than a hundred.
 */
import { BUILT_IN_IDS } from "../admission/built-in.ts";
import { DECISIONS, WEBHOOKS, type Decision, type Webhook } from "../admission/decision.ts";
import { OUTCOMES, type Outcome } from "../admission/outcome.ts";
import type { Snapshot } from "../admission/snapshot.ts";
import { MUTATIONS, type Mutation } from "../admission/patch/mutation.ts";
import { ENFORCEMENTS, OPERATIONS } from "../policy/rule.ts";

/** What `portcullis_admission_duration_seconds` tells apart, by number. */
export const ANSWERS = WEBHOOKS.flatMap((webhook) => DECISIONS.map((decision) => ({ webhook, decision })));

/** What `portcullis_admission_requests_total` tells apart, by number: ANSWERS for each operation, without and with a dry run. */
export const REQUESTS = (["false", "true"] as const).flatMap((dry_run) =>
  OPERATIONS.flatMap((operation) =>
    ANSWERS.map(({ webhook, decision }) => ({ webhook, operation, decision, dry_run })),
  ),
);

/** What the evaluation of a policy may come to, by number; the numbers of MUTATIONS follow. */
export const EVALUATIONS = ENFORCEMENTS.flatMap((enforcement) =>
  OUTCOMES.map((result) => ({ enforcement, result })),
);

/** How many numbers a policy has. */
export const POLICY_NUMBERS = EVALUATIONS.length + MUTATIONS.length;

/** The ids of policies by their numbers in records; each once, however many bindings it has. What is built in comes last. */
export function numberedPolicies({ policies }: Snapshot): readonly string[] {
  return [...new Set([...policies.map(({ bound }) => bound.policy.id), ...BUILT_IN_IDS])];
}

export function requestNumber({ kind, request }: Decision, webhook: Webhook): number {
  const answer = WEBHOOKS.indexOf(webhook) * DECISIONS.length + DECISIONS.indexOf(kind);
  const operation = (request.dryRun ? OPERATIONS.length : 0) + OPERATIONS.indexOf(request.operation);
  return operation * ANSWERS.length + answer;
}

export function answerOf(request: number): number {
  return request % ANSWERS.length;
}

export function isDryRun(request: number): boolean {
  return request >= REQUESTS.length / 2;
}

export function evaluationNumber(policy: number, { enforcement, kind }: Outcome): number {
  const evaluation = ENFORCEMENTS.indexOf(enforcement) * OUTCOMES.length + OUTCOMES.indexOf(kind);
  return policy * POLICY_NUMBERS + evaluation;
}

export function mutationNumber(policy: number, { kind }: Mutation): number {
  return policy * POLICY_NUMBERS + EVALUATIONS.length + MUTATIONS.indexOf(kind);
}
