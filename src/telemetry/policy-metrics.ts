import type { LabelValues, Registry } from "prom-client";
import { MUTATIONS } from "../admission/patch/mutation.ts";
import type { Snapshot } from "../admission/snapshot.ts";
import type { Enforcement } from "../policy/rule.ts";
import type { DecisionRecord } from "./decision-record.ts";
import { NumberedCounter } from "./numbered-counter.ts";
import { NumberedHistogram } from "./numbered-histogram.ts";
import { EVALUATIONS, isDryRun, POLICY_NUMBERS } from "./series.ts";

type EvaluationLabel = "policy" | "enforcement" | "result" | "dry_run";

/**
 * What the decisions on each policy add up to. A policy keeps its number here as long as the process lives, whichever
 * snapshots come and go, since counters never go back; records have the numbers of the program that decided.
 */
export class PolicyMetrics {
  readonly #policies: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** The numbers here of the policies of a record; the records of a thread share one list of policies. */
  readonly #known = new WeakMap<readonly string[], readonly number[]>();
  readonly #evaluations: NumberedCounter<EvaluationLabel>;
  readonly #mutations: NumberedCounter<"policy" | "result">;
  readonly #builtinErrors: NumberedCounter<"policy">;
  readonly #durations: NumberedHistogram<"policy">;

  /** `buckets` in seconds. */
  constructor(registry: Registry, buckets: number[]) {
    const registers = [registry];
    this.#evaluations = new NumberedCounter(
      {
        name: "portcullis_policy_evaluations_total",
        help: "Evaluations of a policy under a binding. Denial rate: violations under deny by all under deny, without dry runs.",
        labelNames: ["policy", "enforcement", "result", "dry_run"],
        registers,
      },
      (series) => this.#evaluationLabels(series),
    );
    this.#mutations = new NumberedCounter(
      {
        name: "portcullis_mutations_total",
        help: "What the patch rule of a policy came to under a binding, by request, without dry runs.",
        labelNames: ["policy", "result"],
        registers,
      },
      (series) => this.#mutationLabels(series),
    );
    this.#builtinErrors = new NumberedCounter(
      {
        name: "portcullis_builtin_errors_total",
        help: "Requests in which a builtin function failed in a policy: what depended on it was undefined.",
        labelNames: ["policy"],
        registers,
      },
      (policy) => ({ policy: this.#policies[policy] ?? "" }),
    );
    this.#durations = new NumberedHistogram(
      {
        name: "portcullis_policy_evaluation_duration_seconds",
        help: "Time spent in the WebAssembly of a policy for one request, under one binding.",
        labelNames: ["policy"],
        buckets,
        registers,
      },
      (policy) => ({ policy: this.#policies[policy] ?? "" }),
    );
  }

  /**
   * Lets the series of its policies be read, at 0 before the first decision. Not those of dry runs: they are left out of
   * every rate, and would double the page for nothing.
   */
  loaded({ policies }: Snapshot): void {
    for (const { bound } of policies) {
      const policy = this.#numberOf(bound.policy.id);
      this.#builtinErrors.show(policy);
      for (const [evaluation, { enforcement }] of EVALUATIONS.entries()) {
        if (enforcements(bound).includes(enforcement)) {
          this.#evaluations.show(evaluationSeries(policy, evaluation, false));
        }
      }
      if (bound.policy.entrypoints.patch === undefined) continue;
      for (const mutation of MUTATIONS.keys()) this.#mutations.show(policy * MUTATIONS.length + mutation);
    }
  }

  decided({ policies, request, counts, builtinErrors = [] }: DecisionRecord): void {
    const known = this.#knownNumbers(policies);
    for (const number of builtinErrors) this.#builtinErrors.add(known[number] ?? 0);
    const dryRun = isDryRun(request);
    for (let index = 0; index < counts.length; index += 2) {
      const number = counts[index] ?? 0;
      const kind = number % POLICY_NUMBERS;
      const policy = known[(number - kind) / POLICY_NUMBERS] ?? 0;
      const mutation = kind - EVALUATIONS.length;
      if (mutation < 0) this.#evaluations.add(evaluationSeries(policy, kind, dryRun));
      else if (!dryRun) this.#mutations.add(policy * MUTATIONS.length + mutation);
      this.#durations.add(policy, counts[index + 1] ?? 0);
    }
  }

  #knownNumbers(policies: readonly string[]): readonly number[] {
    let known = this.#known.get(policies);
    if (known === undefined) {
      known = policies.map((policy) => this.#numberOf(policy));
      this.#known.set(policies, known);
    }
    return known;
  }

  #numberOf(policy: string): number {
    const number = this.#numbers.get(policy);
    if (number !== undefined) return number;
    this.#numbers.set(policy, this.#policies.length);
    return this.#policies.push(policy) - 1;
  }

  /** The reverse of `evaluationSeries`. */
  #evaluationLabels(series: number): LabelValues<EvaluationLabel> {
    const evaluation = series % EVALUATIONS.length;
    const halves = (series - evaluation) / EVALUATIONS.length;
    const dry_run = String(halves % 2 === 1);
    return { policy: this.#policies[Math.floor(halves / 2)] ?? "", ...EVALUATIONS[evaluation], dry_run };
  }

  #mutationLabels(series: number): LabelValues<"policy" | "result"> {
    const mutation = series % MUTATIONS.length;
    const policy = this.#policies[(series - mutation) / MUTATIONS.length] ?? "";
    return { policy, result: MUTATIONS[mutation] ?? "" };
  }
}

function evaluationSeries(policy: number, evaluation: number, dryRun: boolean): number {
  return (2 * policy + (dryRun ? 1 : 0)) * EVALUATIONS.length + evaluation;
}

/** The enforcements that outcomes of a bound policy can have: a `warn` rule always warns. */
function enforcements({
  policy,
  enforcement,
}: Snapshot["policies"][number]["bound"]): readonly Enforcement[] {
  const { deny, violation, warn } = policy.entrypoints;
  return [
    ...(deny === undefined && violation === undefined ? [] : [enforcement]),
    ...(warn === undefined ? [] : ["warn" as const]),
  ];
}
