import type { EvaluationSession } from "../engine/index.ts";
import type { PortcullisError } from "../error.ts";
import type { InputAdapter } from "../policy/input/input.ts";
import type { Enforcement, ValidationRule } from "../policy/rule.ts";
import type { BoundPolicy } from "./bound-policy.ts";
import type { PolicyMatch } from "./match.ts";
import type { OldObject } from "./old-object.ts";
import type { Finding, Outcome } from "./outcome.ts";
import { readViolations, type Violation, type Violations } from "./violation.ts";

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
  /** What violations may have been there before an UPDATE; undefined if all are new. */
  readonly old: OldObject | undefined;
}

/** Runs the `deny`, `violation` and `warn` rules of the policies that match, in order. */
export function evaluate(matches: readonly PolicyMatch[], means: Means): readonly Outcome[] {
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
    const kind = findings.every(({ existing }) => existing) ? ("existing" as const) : ("violation" as const);
    const violation = { ...identity, seconds, kind, findings };
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

function evaluateRule(bound: BoundPolicy, evaluated: EvaluatedRule, means: Means): RuleResult {
  const found = runRule(bound, evaluated, means);
  const before = runOnOldObject(bound, evaluated, found, means);
  const findings = found.violations.map((violation) => ({
    ...finding(violation, bound, evaluated),
    ...(before?.existing.has(violation) === true ? EXISTING : {}),
  }));
  return {
    findings,
    error: found.error ?? before?.error,
    seconds: found.seconds + (before?.seconds ?? 0),
  };
}

/** It is told, as a warning. */
const EXISTING = { enforcement: "warn", existing: true } as const;

/** What a rule found in one version of the object. */
interface RuleRun extends Violations {
  readonly seconds: number;
}

function runRule(
  { policy, parameters }: BoundPolicy,
  { rule, entrypoint }: EvaluatedRule,
  { input, session }: Pick<Means, "input" | "session">,
): RuleRun {
  const result = session.evaluate(entrypoint, input(policy.contract, parameters));
  const { seconds } = result;
  if (result.kind === "error") return { violations: [], error: result.error, seconds };
  return { ...readViolations(result.value, `${rule} of ${policy.id}`), seconds };
}

/**
 * Which violations the old object had already. Only what would deny is asked about, so that the cost is paid only where
 * something was found. Where the rule fails, nothing is known of the old object, and all violations count as new.
 */
function runOnOldObject(
  bound: BoundPolicy,
  evaluated: EvaluatedRule,
  { violations }: RuleRun,
  { session, old }: Means,
): (Omit<RuleRun, "violations"> & { readonly existing: ReadonlySet<Violation> }) | undefined {
  if (old === undefined || violations.length === 0) return undefined;
  if (evaluated.enforcement !== "deny" || bound.updates === "all-violations") return undefined;
  const { violations: before, error, seconds } = runRule(bound, evaluated, { input: old.input, session });
  return { existing: error === undefined ? old.existing(violations, before) : NONE, error, seconds };
}

const NONE: ReadonlySet<Violation> = new Set();

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
