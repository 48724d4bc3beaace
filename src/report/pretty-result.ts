import type { Stage } from "../admission/decision.ts";
import { codeFrame } from "./code-frame.ts";
import type { Ink } from "./ink.ts";
import { printable } from "./printable.ts";
import { unifiedDiff, type LineEdit } from "./unified-diff.ts";
import type { ReportError, ReportFinding, ReportPosition, ReportProblem, ReportResult } from "./report.ts";

export interface PrettyContext {
  readonly ink: Ink;
  readonly linesOf: (file: string) => readonly string[];
  readonly edits: ReadonlyMap<ReportResult, LineEdit>;
  readonly stage: Stage;
}

/** Mark and color of each enforcement: a warning never looks like a denial, nor either like an error. */
const ENFORCEMENT = {
  deny: { mark: "✗", color: "red" },
  warn: { mark: "!", color: "yellow" },
  audit: { mark: "·", color: "cyan" },
} as const;
const ERROR = { mark: "?", color: "magenta" } as const;

export function hasSomethingToShow(result: ReportResult): boolean {
  const { decision, findings, errors, patch, builtinErrors = [] } = result;
  const lists = [findings, errors, patch, builtinErrors];
  return decision !== "allow" || lists.some((list) => list.length > 0);
}

/** `Deployment shop/web`, with the API group left to the manifest. */
export function objectName({ kind, namespace, name }: ReportResult["object"]): string {
  const shown = name === "" ? "(without a name)" : name;
  return printable(`${kind} ${namespace === undefined ? shown : `${namespace}/${shown}`}`);
}

/** The block of one object: its decision, then its findings by place, policy errors, what mutates it, and notes. */
export function prettyResult(result: ReportResult, context: PrettyContext): string {
  const places = Map.groupBy(
    result.findings,
    ({ source }) => `${source.file}\n${source.line}\n${source.column}`,
  );
  const parts = [
    ...[...places.values()].map((findings) => place(findings, context)),
    ...result.errors.map((error) => policyError(error, result.source, context.ink)),
    ...mutation(result, context),
    ...result.notes.map((note) => `${context.ink("cyan", "note:")} ${printable(note)}`),
  ];
  return [headline(result, context), ...parts.map(indent)].join("\n\n");
}

/** `✗ denied Pod shop/web  shop.yaml:1` */
export function headline(result: ReportResult, { ink, stage }: Pick<PrettyContext, "ink" | "stage">): string {
  const { mark, color, word } = verdict(result, stage);
  const operation = result.operation === "CREATE" ? "" : ` (${result.operation})`;
  const where = ink("dim", printable(`${result.source.file}:${result.source.line}`));
  return `${ink(color, `${mark} ${word}`)} ${ink("bold", objectName(result.object))}${operation}  ${where}`;
}

function verdict({ decision, findings, errors, patch }: ReportResult, stage: Stage) {
  if (decision === "deny") return { ...ENFORCEMENT.deny, word: "denied" };
  if (decision === "error") return { ...ERROR, word: "could not be judged" };
  if (errors.length > 0) return { ...ERROR, word: "allowed, but not fully judged" };
  if (findings.some(({ enforcement }) => enforcement === "warn"))
    return { ...ENFORCEMENT.warn, word: "allowed with warnings" };
  const mutated = stage === "mutate" ? "mutated" : "allowed, mutated";
  return { mark: "✓", color: "green", word: patch.length === 0 ? "allowed" : mutated } as const;
}

/** Who mutates the object, and how: as a diff of its file or, where there is none, as the operations of the patch. */
function mutation(result: ReportResult, { ink, edits }: PrettyContext): readonly string[] {
  const { patch, mutations, source } = result;
  if (patch.length === 0) return [];
  const policies = mutations.filter((each) => each.result === "patched").map(({ policy }) => policy);
  const edit = edits.get(result);
  const lines =
    edit === undefined
      ? patch.map(({ op, path, ...rest }) => operationLine(op, path, rest))
      : unifiedDiff(edit, source.file, ink);
  return [
    [`${ink("green", "~ mutated")} by ${printable([...new Set(policies)].join(", "))}`, ...lines].join("\n"),
  ];
}

function operationLine(op: string, path: string, rest: { readonly value?: unknown }): string {
  return printable(`${op} ${path}${"value" in rest ? ` ${JSON.stringify(rest.value)}` : ""}`);
}

/** Findings that speak of one place share its code frame. */
function place(findings: readonly ReportFinding[], context: PrettyContext): string {
  const [first] = findings;
  if (first === undefined) return "";
  return [...located(first.source, context), ...findings.map((each) => finding(each, context.ink))].join(
    "\n",
  );
}

function located(at: ReportPosition, { ink, linesOf }: PrettyContext): readonly string[] {
  const frame = codeFrame(linesOf(at.file), at, ink);
  return [ink("bold", printable(`${at.file}:${at.line}:${at.column}`)), ...frame.map(indent)];
}

function finding(
  { enforcement, existing, severity, policy, field, message, remediation, patchedBy }: ReportFinding,
  ink: Ink,
): string {
  const { mark, color } = ENFORCEMENT[enforcement];
  const path = field === undefined ? "" : `  ${ink("dim", printable(field))}`;
  return [
    `${ink(color, `${mark} ${enforcement}`)} ${severity}  ${ink("bold", printable(policy))}${path}`,
    paragraph("", message),
    ...(existing === undefined ? [] : [paragraph("", "existing violation: it was so before this update")]),
    ...(patchedBy === undefined
      ? []
      : [paragraph("", `not in your file: brought by ${patchedBy.join(" or ")}`)]),
    ...(remediation === undefined ? [] : [paragraph(ink("green", "fix: "), remediation)]),
  ].join("\n");
}

function policyError(error: ReportError, source: ReportResult["source"], ink: Ink): string {
  const effect = error.blocks ? "keeps the object out" : "does not keep the object out";
  return [
    printable(`${source.file}:${source.line}:1`),
    `${ink(ERROR.color, `${ERROR.mark} policy error`)} ${error.code}  ${ink("bold", printable(error.policy))}  ${ink("dim", effect)}`,
    paragraph("", error.message),
    paragraph(ink("green", "fix: "), error.remedy),
  ].join("\n");
}

/** The block of one piece of input that could not be judged. */
export function prettyProblem(problem: ReportProblem, context: PrettyContext): string {
  const { ink } = context;
  return [
    `${ink(ERROR.color, `${ERROR.mark} not read`)} ${problem.code}`,
    ...located(problem, context).map(indent),
    indent(printable(problem.message)),
    indent(`${ink("green", "fix: ")}${printable(problem.remedy)}`),
  ].join("\n");
}

/**
 * Text that may have lines of its own: each is escaped and indented, so that none can pass for a line of ours that
 * starts at the margin.
 */
function paragraph(label: string, text: string): string {
  const [first = "", ...rest] = text.trimEnd().split(/\r?\n/).map(printable);
  return [`${label}${first}`, ...rest]
    .map((line, index) => indent(index === 0 ? line : `  ${line}`))
    .join("\n");
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
