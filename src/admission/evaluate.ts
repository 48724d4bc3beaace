import type { EvaluationSession } from "../engine/engine.ts";
import type { PortcullisError } from "../error.ts";
import type { InputAdapter } from "../policy/input/input.ts";
import type { Enforcement, ValidationRule } from "../policy/rule.ts";
import type { BoundPolicy } from "./bound-policy.ts";
import type { PolicyMatch } from "./match.ts";
import type { Finding, Outcome } from "./outcome.ts";
import { readViolations, type Violation } from "./violation.ts";

/** What one rule came to: it may have found something and have failed for the rest. */
interface RuleResult {
  readonly findings: readonly Finding[];
  readonly error: PortcullisError | undefined;
  readonly seconds: number;
}

/** Runs the `deny`, `violation` and `warn` rules of the policies that match, in order. */
export function evaluate(
  matches: readonly PolicyMatch[],
  input: InputAdapter,
  session: EvaluationSession,
): readonly Outcome[] {
  return matches.flatMap(({ bound, match }) =>
    bound.groups.flatMap((group) => {
      const identity = outcomeIdentity(bound, group.enforcement);
      if (match.kind === "unknown")
        return { ...identity, seconds: 0, kind: "error" as const, error: match.error };
      return outcomesOf(
        identity,
        group.rules.map((rule) =>
          evaluateRule(bound, { ...rule, enforcement: group.enforcement }, { input, session }),
        ),
      );
    }),
  );
}

function outcomeIdentity({ policy, binding, failurePolicy }: BoundPolicy, enforcement: Enforcement) {
  return { policy: policy.id, binding, enforcement, failurePolicy };
}

/** A failure never hides what was found: then there is an outcome for each. */
function outcomesOf(
  identity: ReturnType<typeof outcomeIdentity>,
  results: readonly RuleResult[],
): readonly Outcome[] {
  const findings = results.flatMap((result) => result.findings);
  const error = results.find((result) => result.error !== undefined)?.error;
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  if (findings.length > 0) {
    const violation = { ...identity, seconds, kind: "violation" as const, findings };
    return error === undefined ? [violation] : [violation, { ...identity, seconds: 0, kind: "error", error }];
  }
  return [
    error === undefined
      ? { ...identity, seconds, kind: "pass" }
      : { ...identity, seconds, kind: "error", error },
  ];
}

interface EvaluatedRule {
  readonly rule: ValidationRule;
  readonly entrypoint: string;
  readonly enforcement: Enforcement;
}

function evaluateRule(
  bound: BoundPolicy,
  evaluated: EvaluatedRule,
  { input, session }: { readonly input: InputAdapter; readonly session: EvaluationSession },
): RuleResult {
  const { policy, parameters } = bound;
  const result = session.evaluate(evaluated.entrypoint, input(policy.contract, parameters));
  const { seconds } = result;
  if (result.kind === "error") return { findings: [], error: result.error, seconds };
  const { violations, error } = readViolations(result.value, `${evaluated.rule} of ${policy.id}`);
  return { findings: violations.map((found) => finding(found, bound, evaluated)), error, seconds };
}

function finding(
  violation: Violation,
  { policy }: BoundPolicy,
  { rule, enforcement }: EvaluatedRule,
): Finding {
  const { metadata, id } = policy;
  return {
    ...violation,
    policy: id,
    rule,
    enforcement,
    severity: metadata.severity,
    remediation: violation.remediation ?? metadata.remediation,
  };
}
