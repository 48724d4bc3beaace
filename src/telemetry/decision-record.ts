import type { Decision, Webhook } from "../admission/decision.ts";
import type { DecisionNotes, PrintedLine } from "../admission/notes.ts";
import { createDecisionLines, isSecret } from "./decision-log.ts";
import { evaluationNumber, mutationNumber, requestNumber } from "./series.ts";

/** What is recorded of a decision: few values, since each costs on the way from thread to thread. */
export interface DecisionRecord {
  /** The ids of the policies by the number that `counts` has for them; the same array for all that a thread decides. */
  readonly policies: readonly string[];
  /** Its place in REQUESTS (`series.ts`). */
  readonly request: number;
  /** For each outcome and each mutation its number (`series.ts`), and then its seconds in WebAssembly. */
  readonly counts: readonly number[];
  /** The line of the decision log without its end, which says how long the answer took. */
  readonly line: string;
  /** The policies by number in which builtin functions failed, each once; absent if there are none. */
  readonly builtinErrors?: readonly number[];
  /** What `print` wrote; absent if nothing, or if nobody listens. */
  readonly printed?: PrintedOutput;
}

/** What `print` wrote while a request was decided. */
export interface PrintedOutput {
  readonly uid: string;
  readonly lines: readonly PrintedLine[];
}

/** Makes records of decisions under policies with these ids; lives as long as the thread that decides. */
export function createRecords(
  policies: readonly string[],
): (decision: Decision, webhook: Webhook) => DecisionRecord {
  const lineOf = createDecisionLines();
  const numbers = new Map(policies.map((policy, number) => [policy, number]));
  const numberOf = (policy: string): number => {
    const number = numbers.get(policy);
    if (number === undefined) throw new Error(`A decision has the policy ${policy}, which was not loaded.`);
    return number;
  };
  return (decision, webhook) => {
    const { outcomes, mutations } = decision;
    const counts: number[] = [];
    for (const each of outcomes) counts.push(evaluationNumber(numberOf(each.policy), each), each.seconds);
    for (const each of mutations) counts.push(mutationNumber(numberOf(each.policy), each), each.seconds);
    const record = { policies, request: requestNumber(decision, webhook), counts, line: lineOf(decision) };
    return decision.notes === undefined
      ? record
      : { ...record, ...noted(decision, decision.notes, numberOf) };
  };
}

/** What a Secret holds must not reach a log, and a policy may print all of it. */
function noted(
  { request }: Decision,
  { builtinErrors, printed: lines }: DecisionNotes,
  numberOf: (policy: string) => number,
): Pick<DecisionRecord, "builtinErrors" | "printed"> {
  const policies = [...new Set(builtinErrors.map(({ policy }) => numberOf(policy)))];
  return {
    ...(policies.length === 0 ? {} : { builtinErrors: policies }),
    ...(lines.length === 0 || isSecret(request) ? {} : { printed: { uid: request.uid, lines } }),
  };
}
