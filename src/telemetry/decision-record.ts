import type { Decision, DecisionKind, Webhook } from "../admission/decision.ts";
import type { Outcome } from "../admission/outcome.ts";
import type { Mutation } from "../admission/patch/mutation.ts";
import type { Enforcement, Operation } from "../policy/rule.ts";
import { createDecisionLines } from "./decision-log.ts";

/** What is recorded of a decision: small, and plain enough to be handed from one thread to another. */
export interface DecisionRecord {
  readonly webhook: Webhook;
  readonly operation: Operation;
  readonly decision: DecisionKind;
  readonly dryRun: boolean;
  readonly outcomes: readonly {
    readonly policy: string;
    readonly enforcement: Enforcement;
    readonly result: Outcome["kind"];
    readonly seconds: number;
  }[];
  readonly mutations: readonly {
    readonly policy: string;
    readonly result: Mutation["kind"];
    readonly seconds: number;
  }[];
  /** The line of the decision log without its end, which says how long the answer took. */
  readonly line: string;
}

/** Makes records of decisions; lives as long as the thread that decides. */
export function createRecords(): (decision: Decision, webhook: Webhook) => DecisionRecord {
  const lineOf = createDecisionLines();
  return (decision, webhook) => ({
    webhook,
    operation: decision.request.operation,
    decision: decision.kind,
    dryRun: decision.request.dryRun,
    outcomes: decision.outcomes.map(({ policy, enforcement, kind: result, seconds }) => ({
      policy,
      enforcement,
      result,
      seconds,
    })),
    mutations: decision.mutations.map(({ policy, kind: result, seconds }) => ({ policy, result, seconds })),
    line: lineOf(decision),
  });
}
