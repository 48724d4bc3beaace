import type { Source, Span, SyntaxNode } from "./syntax-node.ts";

/** The ways in which a rule is changed. */
const RULE_OPERATORS = [
  "drop-rule",
  "drop-else",
  "drop-expression",
  "negate",
  "flip-operator",
  "drop-item",
  "drop-key",
  "change-constant",
  "drop-call",
  "drop-interpolation",
] as const;
export type RuleOperator = (typeof RULE_OPERATORS)[number];

/** The ways in which METADATA's match is changed. */
const MATCH_OPERATORS = ["drop-resource", "add-resource", "drop-operation", "add-operation"] as const;
export type MatchOperator = (typeof MATCH_OPERATORS)[number];

/** The ways in which a policy is changed. */
export const OPERATORS = [...RULE_OPERATORS, ...MATCH_OPERATORS] as const;
export type Operator = RuleOperator | MatchOperator;

/** One small change of a file's text. */
export interface Edit {
  readonly operator: RuleOperator;
  readonly span: Span;
  readonly replacement: string;
  /** What the change is told by; default the replaced text. A rule is told by its head. */
  readonly before?: string;
}

/** A file while its edits are looked for. */
export interface Scope {
  readonly source: Source;
  readonly dialect: "v0" | "v1";
}

/** An edit that puts something in the place of a node; none where the node's place is not known. */
export function* replaced(
  { source }: Scope,
  node: SyntaxNode,
  operator: RuleOperator,
  replace: (text: string) => string | undefined,
): Generator<Edit> {
  const span = source.spanOf(node);
  if (span === undefined) return;
  const text = source.text.slice(span.start, span.end);
  const replacement = replace(text);
  if (replacement !== undefined && replacement !== text) yield { operator, span, replacement };
}
