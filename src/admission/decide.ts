import { ENFORCEMENTS, SEVERITIES } from "../policy/rule.ts";
import { parseFieldPath } from "../policy/field-path.ts";
import { compareText } from "./bound-policy.ts";
import type { Decision, DecisionKind, Exclusion, PolicyError, Stage } from "./decision.ts";
import { firstOfEach } from "./first-of-each.ts";
import type { DecisionNotes } from "./notes.ts";
import { blocks, type Finding, type Outcome } from "./outcome.ts";
import type { Mutated } from "./patch/mutate.ts";
import type { Mutation } from "./patch/mutation.ts";
import type { AdmissionRequest } from "./request.ts";

/** What a decision is made from. */
export interface Judgement {
  readonly request: AdmissionRequest;
  readonly stage: Stage;
  readonly revision: string;
  readonly exclusion: Exclusion | undefined;
  readonly outcomes: readonly Outcome[];
  readonly mutated: Mutated;
  readonly notes?: DecisionNotes | undefined;
}

/** A violation under `deny` denies; else a policy error that blocks is an error; else the object is allowed. */
export function decide(judgement: Judgement): Decision {
  const { request, outcomes, mutated, notes, ...rest } = judgement;
  const { mutations, unpatchable } = mutated;
  const findings = distinctFindings(outcomes);
  const errors = policyErrors(outcomes, mutations);
  const kind = decisionKind(findings, errors);
  // What keeps the object out changes nothing; with stage `both`, `eval` shows what would have been.
  const patch = kind !== "allow" && rest.stage === "mutate" ? [] : mutated.patch;
  return {
    ...rest,
    kind,
    request: identity(request),
    outcomes,
    findings,
    errors,
    mutations,
    patch,
    unpatchable,
    ...(notes === undefined ? {} : { notes }),
  };
}

function decisionKind(findings: readonly Finding[], errors: readonly PolicyError[]): DecisionKind {
  if (findings.some(({ enforcement }) => enforcement === "deny")) return "deny";
  return errors.some((error) => error.blocks) ? "error" : "allow";
}

function identity(request: AdmissionRequest): Decision["request"] {
  const { uid, operation, kind, resource, subResource, namespace, name, dryRun, userInfo } = request;
  return { uid, operation, kind, resource, subResource, namespace, name, dryRun, userInfo };
}

/** Identical findings once, with the strongest enforcement; in an order that does not depend on that of the outcomes. */
function distinctFindings(outcomes: readonly Outcome[]): readonly Finding[] {
  const findings = outcomes.flatMap((outcome) => ("findings" in outcome ? outcome.findings : []));
  if (findings.length < 2) return findings;
  return firstOfEach(findings.toSorted(compareFindings), ({ policy, message, field, details }) => [
    policy,
    message,
    field,
    details,
  ]);
}

const FINDING_ORDER: readonly ((a: Finding, b: Finding) => number)[] = [
  (a, b) => ENFORCEMENTS.indexOf(a.enforcement) - ENFORCEMENTS.indexOf(b.enforcement),
  (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  (a, b) => compareText(a.policy, b.policy),
  (a, b) => compareFields(a.field ?? "", b.field ?? ""),
  (a, b) => compareText(a.message, b.message),
  // Under two bindings one finding may be a warning and an existing violation: that it is one is worth more.
  (a, b) => Number(b.existing === true) - Number(a.existing === true),
  // No two different findings may be equal here, or their order would be that of the outcomes.
  (a, b) => compareText(remainder(a), remainder(b)),
];

function compareFindings(a: Finding, b: Finding): number {
  for (const compare of FINDING_ORDER) {
    const order = compare(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

function remainder({ field, details, rule, remediation }: Finding): string {
  return JSON.stringify([field, details, rule, remediation]);
}

/** `containers[2]` before `containers[10]`. */
function compareFields(a: string, b: string): number {
  const [left, right] = [parseFieldPath(a) ?? [], parseFieldPath(b) ?? []];
  for (const [index, step] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareSteps(step, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** An index before any key: to compare the two as texts would put 9 before 10 before "1z" before 9. */
function compareSteps(a: string | number, b: string | number): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  return typeof b === "number" ? 1 : compareText(a, b);
}

/** Of the same error under several bindings, the one that blocks. */
function policyErrors(outcomes: readonly Outcome[], mutations: readonly Mutation[]): readonly PolicyError[] {
  const errors = [
    ...outcomes.flatMap((outcome) =>
      outcome.kind === "error"
        ? [{ policy: outcome.policy, error: outcome.error, blocks: blocks(outcome) }]
        : [],
    ),
    ...mutations.flatMap((mutation) =>
      mutation.kind === "error"
        ? [{ policy: mutation.policy, error: mutation.error, blocks: mutation.blocks }]
        : [],
    ),
  ];
  const sorted = errors.toSorted(
    (a, b) =>
      compareText(a.policy, b.policy) ||
      compareText(a.error.message, b.error.message) ||
      Number(b.blocks) - Number(a.blocks),
  );
  return firstOfEach(sorted, ({ policy, error }) => [policy, error.message]);
}
