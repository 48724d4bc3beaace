import type { Edit, RuleOperator, Scope } from "./edit.ts";
import { isNode, nodesIn, type Span, type SyntaxNode } from "./syntax-node.ts";
import { bodyEdits, termEdits } from "./term-edits.ts";

/** Every small change of a rule; `alone` says that no other rule of the file has its name. */
export function* ruleEdits(scope: Scope, rule: SyntaxNode, alone: boolean): Generator<Edit> {
  const last = nodesIn([rule["else"]]).length === 0;
  if (rule["default"] === true) yield* removed(scope, rule, "drop-rule");
  else if (alone || !last) yield* neverTrue(scope, rule, "drop-rule");
  else yield* removed(scope, rule, "drop-rule");
  yield* branchEdits(scope, rule);
}

/** A rule or what follows its `else`. */
function* branchEdits(scope: Scope, branch: SyntaxNode): Generator<Edit> {
  const { head } = branch;
  if (isNode(head)) {
    for (const part of nodesIn(head["ref"]).slice(1)) yield* termEdits(scope, part);
    for (const argument of nodesIn(head["args"])) yield* termEdits(scope, argument);
    yield* termEdits(scope, head["key"]);
    yield* termEdits(scope, head["value"]);
  }
  yield* bodyEdits(withoutPlacesOf(scope, branch), branch["body"]);
  const next = branch["else"];
  if (!isNode(next)) return;
  if (isNode(next["else"])) yield* neverTrue(scope, next, "drop-else");
  else yield* removed(scope, next, "drop-else");
  yield* branchEdits(scope, next);
}

/**
 * OPA gives everything after the `if` of `else := x if y`, without braces, the place of the whole branch; nothing can be
 * changed there.
 */
function withoutPlacesOf(scope: Scope, branch: SyntaxNode): Scope {
  const whole = scope.source.spanOf(branch);
  const spanOf = (node: unknown): Span | undefined => {
    const span = scope.source.spanOf(node);
    return span?.start === whole?.start && span?.end === whole?.end ? undefined : span;
  };
  return { ...scope, source: { ...scope.source, spanOf } };
}

/** OPA's place of a default rule is only its first word. */
function spanOfRule({ source }: Scope, rule: SyntaxNode): Span | undefined {
  const [span, head] = [source.spanOf(rule), source.spanOf(rule["head"])];
  if (span === undefined) return undefined;
  return { start: span.start, end: Math.max(span.end, head?.end ?? 0) };
}

function* removed(scope: Scope, rule: SyntaxNode, operator: RuleOperator): Generator<Edit> {
  const span = spanOfRule(scope, rule);
  if (span !== undefined) yield { operator, span, replacement: "", before: headText(scope, rule) };
}

/** Up to its value: `f(x) :=`, `deny contains`. */
function headText({ source }: Scope, { head }: SyntaxNode): string {
  const whole = source.spanOf(head);
  if (whole === undefined || !isNode(head)) return "";
  const value = source.spanOf(head["key"]) ?? source.spanOf(head["value"]);
  return source.text.slice(whole.start, value?.start ?? whole.end);
}

/** The only rule of its name cannot go: what refers to it would not compile. Instead its body never holds. */
function* neverTrue(scope: Scope, rule: SyntaxNode, operator: RuleOperator): Generator<Edit> {
  const head = scope.source.spanOf(rule["head"]);
  if (head === undefined) return;
  const before = headText(scope, rule);
  const expressions = nodesIn(rule["body"]).filter(({ generated }) => generated !== true);
  if (expressions.length === 0) {
    const replacement = scope.dialect === "v1" ? " if false" : " { false }";
    yield { operator, span: { start: head.end, end: head.end }, replacement, before };
    return;
  }
  const spans = expressions.map((expression) => withoutPlacesOf(scope, rule).source.spanOf(expression));
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined) return;
  const braces = !/^\s*if\s+$/.test(scope.source.text.slice(head.end, first.start));
  const body = scope.source.text.slice(first.start, last.end);
  const replacement = braces ? `false; ${body}` : `{ false; ${body} }`;
  yield { operator, span: { start: first.start, end: last.end }, replacement, before };
}
