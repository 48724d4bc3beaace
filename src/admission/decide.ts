import { ENFORCEMENTS, SEVERITIES } from "../policy/rule.ts";
import { parseFieldPath } from "../policy/field-path.ts";
import { compareText } from "./bound-policy.ts";
import type { Decision, DecisionKind, Exclusion, PolicyError, Stage } from "./decision.ts";
import { blocks, type Finding, type Outcome } from "./outcome.ts";
import type { AdmissionRequest } from "./request.ts";

/** What a decision is made from. */
export interface Judgement {
  readonly request: AdmissionRequest;
  readonly stage: Stage;
  readonly revision: string;
  readonly exclusion: Exclusion | undefined;
  readonly outcomes: readonly Outcome[];
}

/** A violation under `deny` denies; else a policy error that blocks is an error; else the object is allowed. */
export function decide(judgement: Judgement): Decision {
  const { request, outcomes, ...rest } = judgement;
  const findings = distinctFindings(outcomes);
  return {
    ...rest,
    kind: decisionKind(outcomes, findings),
    request: identity(request),
    outcomes,
    findings,
    errors: policyErrors(outcomes),
  };
}

function decisionKind(outcomes: readonly Outcome[], findings: readonly Finding[]): DecisionKind {
  if (findings.some(({ enforcement }) => enforcement === "deny")) return "deny";
  return outcomes.some(blocks) ? "error" : "allow";
}

function identity(request: AdmissionRequest): Decision["request"] {
  const { uid, operation, kind, resource, subResource, namespace, name, dryRun, userInfo } = request;
  return { uid, operation, kind, resource, subResource, namespace, name, dryRun, userInfo };
}

/** Identical findings once, with the strongest enforcement; in an order that does not depend on WebAssembly's. */
function distinctFindings(outcomes: readonly Outcome[]): readonly Finding[] {
  const all = outcomes.flatMap((outcome) => (outcome.kind === "violation" ? outcome.findings : []));
  const strongestFirst = all.toSorted(
    (a, b) => ENFORCEMENTS.indexOf(a.enforcement) - ENFORCEMENTS.indexOf(b.enforcement),
  );
  const distinct = new Map<string, Finding>();
  for (const finding of strongestFirst) {
    const key = JSON.stringify([finding.policy, finding.message, finding.field, finding.details]);
    if (!distinct.has(key)) distinct.set(key, finding);
  }
  return [...distinct.values()].toSorted(compareFindings);
}

function compareFindings(a: Finding, b: Finding): number {
  return (
    ENFORCEMENTS.indexOf(a.enforcement) - ENFORCEMENTS.indexOf(b.enforcement) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    compareText(a.policy, b.policy) ||
    compareFields(a.field, b.field) ||
    compareText(a.message, b.message) ||
    compareText(JSON.stringify(a.details) ?? "", JSON.stringify(b.details) ?? "")
  );
}

/** `containers[2]` before `containers[10]`. */
function compareFields(a: string | undefined, b: string | undefined): number {
  const [left, right] = [parseFieldPath(a ?? "") ?? [], parseFieldPath(b ?? "") ?? []];
  for (const [index, step] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order =
      typeof step === "number" && typeof other === "number" ? step - other : compareText(String(step), String(other));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function policyErrors(outcomes: readonly Outcome[]): readonly PolicyError[] {
  const errors = outcomes.flatMap((outcome) =>
    outcome.kind === "error" ? [{ policy: outcome.policy, error: outcome.error, blocks: blocks(outcome) }] : [],
  );
  const distinct = new Map(
    errors
      .toSorted((a, b) => Number(a.blocks) - Number(b.blocks))
      .map((error) => [`${error.policy}\n${error.error.message}`, error]),
  );
  return [...distinct.values()].toSorted(
    (a, b) => compareText(a.policy, b.policy) || compareText(a.error.message, b.error.message),
  );
}
