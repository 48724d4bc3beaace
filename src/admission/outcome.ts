import type { RegoValue } from "../engine/index.ts";
import type { PortcullisError } from "../error.ts";
import type { Enforcement, FailurePolicy, Severity, ValidationRule } from "../policy/rule.ts";

/** One violation as a decision tells it. */
export interface Finding {
  readonly policy: string;
  readonly rule: ValidationRule;
  /** What this finding leads to: `warn` if it is an existing one, whatever its outcome's is. */
  readonly enforcement: Enforcement;
  /** The old object of an UPDATE had this violation already, so that it does not deny. */
  readonly existing?: true;
  readonly severity: Severity;
  readonly message: string;
  /** Path into the object, e.g. `spec.containers[0].image`. */
  readonly field: string | undefined;
  readonly details: RegoValue | undefined;
  readonly remediation: string | undefined;
}

/** The kinds of an outcome; also the label values of `portcullis_policy_evaluations_total{result}`. */
export const OUTCOMES = ["pass", "violation", "existing", "exception", "error"] as const;

/**
 * What one policy under one binding came to, at one enforcement: a policy with `deny` and `warn` rules under a
 * `deny` binding has two outcomes; so has one whose `deny` rule found a violation and whose `violation` rule failed.
 */
export type Outcome = {
  readonly policy: string;
  /** The binding's name; undefined if the policy applies with its METADATA. */
  readonly binding: string | undefined;
  readonly enforcement: Enforcement;
  readonly failurePolicy: FailurePolicy;
  /** Time spent in WebAssembly, in seconds; of two outcomes of the same rules the first has it. */
  readonly seconds: number;
} & (
  | { readonly kind: "pass" }
  /** `existing`: the old object had all of them already, so they do not deny. `violation`: it lacked some, or nobody asked. */
  | { readonly kind: "violation" | "existing"; readonly findings: readonly Finding[] }
  | { readonly kind: "error"; readonly error: PortcullisError }
);

/** A policy error keeps the object out only where a violation would have (DESIGN, table of decisions). */
export function blocks(outcome: Outcome): boolean {
  return outcome.kind === "error" && outcome.enforcement === "deny" && outcome.failurePolicy === "Fail";
}
