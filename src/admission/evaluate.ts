import type { EvaluationSession } from "../engine/engine.ts";
import { PortcullisError } from "../error.ts";
import type { InputAdapter } from "../policy/input/input.ts";
import { VALIDATION_RULES, type Enforcement, type ValidationRule } from "../policy/rule.ts";
import type { BoundPolicy } from "./bound-policy.ts";
import type { PolicyMatch } from "./match.ts";
import type { Finding, Outcome } from "./outcome.ts";
import { readViolations, type Violation } from "./violation.ts";

type RuleResult =
  | { readonly kind: "findings"; readonly findings: readonly Finding[]; readonly seconds: number }
  | { readonly kind: "error"; readonly error: PortcullisError; readonly seconds: number };

/** Runs the `deny`, `violation` and `warn` rules of the policies that match, in order. */
export function evaluate(
  matches: readonly PolicyMatch[],
  input: InputAdapter,
  session: EvaluationSession,
): readonly Outcome[] {
  return matches.flatMap(({ bound, match }) => {
    const byEnforcement = Map.groupBy(definedRules(bound), (rule) => enforcementOf(rule, bound));
    return [...byEnforcement].flatMap(([enforcement, rules]) => {
      const identity = outcomeIdentity(bound, enforcement);
      if (match.kind === "unknown")
        return { ...identity, seconds: 0, kind: "error" as const, error: match.error };
      return outcomesOf(
        identity,
        rules.map((rule) => evaluateRule(bound, rule, input, session)),
      );
    });
  });
}

function definedRules(bound: BoundPolicy): readonly ValidationRule[] {
  return VALIDATION_RULES.filter((rule) => bound.policy.entrypoints[rule] !== undefined);
}

/** A `warn` rule warns, whatever the binding says. */
function enforcementOf(rule: ValidationRule, bound: BoundPolicy): Enforcement {
  return rule === "warn" ? "warn" : bound.enforcement;
}

function outcomeIdentity({ policy, binding, failurePolicy }: BoundPolicy, enforcement: Enforcement) {
  return { policy: policy.id, binding, enforcement, failurePolicy };
}

/** A rule that fails never hides what another rule of the policy found: then there is an outcome for each. */
function outcomesOf(
  identity: ReturnType<typeof outcomeIdentity>,
  results: readonly RuleResult[],
): readonly Outcome[] {
  const done = results.filter((result) => result.kind === "findings");
  const failed = results.filter((result) => result.kind === "error");
  const findings = done.flatMap((result) => result.findings);
  const errors = failed
    .slice(0, 1)
    .map(({ error }) => ({ ...identity, seconds: totalSeconds(failed), kind: "error" as const, error }));
  if (findings.length > 0) {
    return [{ ...identity, seconds: totalSeconds(done), kind: "violation", findings }, ...errors];
  }
  return errors.length > 0 ? errors : [{ ...identity, seconds: totalSeconds(done), kind: "pass" }];
}

function totalSeconds(results: readonly RuleResult[]): number {
  return results.reduce((sum, { seconds }) => sum + seconds, 0);
}

function evaluateRule(
  bound: BoundPolicy,
  rule: ValidationRule,
  input: InputAdapter,
  session: EvaluationSession,
): RuleResult {
  const { policy } = bound;
  const result = session.evaluate(policy.entrypoints[rule] ?? "", input(policy.contract, bound.parameters));
  if (result.kind === "error") return result;
  const { seconds } = result;
  try {
    const violations = readViolations(result.value, `${rule} of ${policy.id}`);
    return { kind: "findings", findings: violations.map((found) => finding(found, bound, rule)), seconds };
  } catch (error) {
    if (error instanceof PortcullisError) return { kind: "error", error, seconds };
    throw error;
  }
}

function finding(violation: Violation, bound: BoundPolicy, rule: ValidationRule): Finding {
  const { metadata, id } = bound.policy;
  return {
    ...violation,
    policy: id,
    rule,
    enforcement: enforcementOf(rule, bound),
    severity: metadata.severity,
    remediation: violation.remediation ?? metadata.remediation,
  };
}
