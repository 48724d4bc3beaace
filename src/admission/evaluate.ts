import type { EvaluationSession } from "../engine/index.ts";
import type { PortcullisError } from "../error.ts";
import type { InputAdapter } from "../policy/input/input.ts";
import type { Enforcement, ValidationRule } from "../policy/rule.ts";
import type { BoundPolicy } from "./bound-policy.ts";
import type { PolicyMatch } from "./match.ts";
import type { Finding, Outcome } from "./outcome.ts";
import { readViolations, type Violation } from "./violation.ts";

/** What rules came to: they may have found something and have failed for the rest. */
interface RuleResult {
  readonly findings: readonly Finding[];
  readonly error: PortcullisError | undefined;
  readonly seconds: number;
}

/** With what rules are run. */
interface Means {
  readonly input: InputAdapter;
  readonly session: EvaluationSession;
}

/** Runs the `deny`, `violation` and `warn` rules of the policies that match, in order. */
export function evaluate(
  matches: readonly PolicyMatch[],
  input: InputAdapter,
  session: EvaluationSession,
): readonly Outcome[] {
  const means = { input, session };
  const outcomes: Outcome[] = [];
  for (const { bound, match } of matches) {
    for (const group of bound.groups) {
      const identity = outcomeIdentity(bound, group.enforcement);
      if (match.kind === "unknown")
        outcomes.push({ ...identity, seconds: 0, kind: "error", error: match.error });
      else outcomes.push(...outcomesOf(identity, evaluateGroup(bound, group, means)));
    }
  }
  return outcomes;
}

function outcomeIdentity({ policy, binding, failurePolicy }: BoundPolicy, enforcement: Enforcement) {
  return { policy: policy.id, binding, enforcement, failurePolicy };
}

/** A failure never hides what was found: then there is an outcome for each. */
function outcomesOf(
  identity: ReturnType<typeof outcomeIdentity>,
  { findings, error, seconds }: RuleResult,
): readonly Outcome[] {
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

/** What the rules of one enforcement came to together; of several errors the first. */
function evaluateGroup(bound: BoundPolicy, group: BoundPolicy["groups"][number], means: Means): RuleResult {
  const findings: Finding[] = [];
  let error: PortcullisError | undefined;
  let seconds = 0;
  for (const { rule, entrypoint } of group.rules) {
    const evaluated = { rule, entrypoint, enforcement: group.enforcement };
    const result = evaluateRule(bound, evaluated, means);
    findings.push(...result.findings);
    error ??= result.error;
    seconds += result.seconds;
  }
  return { findings, error, seconds };
}

interface EvaluatedRule {
  readonly rule: ValidationRule;
  readonly entrypoint: string;
  readonly enforcement: Enforcement;
}

function evaluateRule(bound: BoundPolicy, evaluated: EvaluatedRule, { input, session }: Means): RuleResult {
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
