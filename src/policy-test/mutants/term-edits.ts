import { replaced, type Edit, type Scope } from "./edit.ts";
import { constantEdits, isConstant, OTHER, partsDropped } from "./literal-edits.ts";
import { calledName, isBinding, neighboursOf } from "./operators.ts";
import { isNode, nodesIn, type Span, type SyntaxNode } from "./syntax-node.ts";

type TermEdits = (scope: Scope, term: SyntaxNode) => Iterable<Edit>;

/** By OPA's types of terms; all others are variables and constants. */
const COMPOUND: ReadonlyMap<unknown, TermEdits> = new Map([
  ["array", itemEdits],
  ["set", itemEdits],
  ["object", keyEdits],
  ["call", callEdits],
  ["ref", partEdits],
  ["templatestring", templateEdits],
  ["arraycomprehension", comprehensionEdits],
  ["setcomprehension", comprehensionEdits],
  ["objectcomprehension", comprehensionEdits],
]);

/** Every small change of a term and of what is inside. */
export function* termEdits(scope: Scope, term: unknown): Generator<Edit> {
  if (isNode(term)) yield* (COMPOUND.get(term["type"]) ?? constantEdits)(scope, term);
}

/** A constant among the items is only dropped: to change it would be nearly the same. */
function* itemEdits(scope: Scope, literal: SyntaxNode): Generator<Edit> {
  const items = nodesIn(literal["value"]);
  const spans = items.map((item) => scope.source.spanOf(item));
  const empty = literal["type"] === "set" ? "set()" : "[]";
  yield* partsDropped(scope, { literal, spans, operator: "drop-item", empty });
  for (const item of items) if (!isConstant(item)) yield* termEdits(scope, item);
}

/** So is a key. */
function* keyEdits(scope: Scope, literal: SyntaxNode): Generator<Edit> {
  const { value } = literal;
  const pairs = Array.isArray(value) ? value.map(nodesIn) : [];
  const spans = pairs.map((pair) => around(pair.map((term) => scope.source.spanOf(term))));
  yield* partsDropped(scope, { literal, spans, operator: "drop-key", empty: "{}" });
  for (const [key, member] of pairs) {
    if (key !== undefined && !isConstant(key)) yield* termEdits(scope, key);
    yield* termEdits(scope, member);
  }
}

function around(spans: readonly (Span | undefined)[]): Span | undefined {
  const [first, last] = [spans[0], spans.at(-1)];
  return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end };
}

function* partEdits(scope: Scope, { value }: SyntaxNode): Generator<Edit> {
  for (const part of nodesIn(value)) yield* termEdits(scope, part);
}

function* callEdits(scope: Scope, call: SyntaxNode): Generator<Edit> {
  const [operator, ...operands] = nodesIn(call["value"]);
  yield* operatorEdits(scope, operator);
  const first = scope.source.spanOf(operands[0]);
  if (first !== undefined && !isBinding(operator) && !calledName(operator).startsWith("internal.")) {
    yield* replaced(scope, call, "drop-call", () => scope.source.text.slice(first.start, first.end));
  }
  for (const operand of operands) yield* termEdits(scope, operand);
}

/** The neighbours of an infix operator; none for a function that is called by its name. */
function* operatorEdits(scope: Scope, operator: SyntaxNode | undefined): Generator<Edit> {
  const span = scope.source.spanOf(operator);
  if (operator === undefined || span === undefined) return;
  for (const neighbour of neighboursOf(scope.source.text.slice(span.start, span.end))) {
    yield* replaced(scope, operator, "flip-operator", () => neighbour);
  }
}

/** The parts of `$"{x} is missing"` are strings and expressions. */
function* templateEdits(scope: Scope, template: SyntaxNode): Generator<Edit> {
  const { source } = scope;
  yield* replaced(scope, template, "change-constant", () => OTHER);
  const { value } = template;
  for (const part of nodesIn(isNode(value) ? value["parts"] : undefined)) {
    if (part["terms"] === undefined) continue;
    const span = source.spanOf(part);
    if (span !== undefined && source.text[span.start - 1] === "{" && source.text[span.end] === "}") {
      const braces = { start: span.start - 1, end: span.end + 1 };
      yield { operator: "drop-interpolation", span: braces, replacement: "" };
    }
    yield* operandEdits(scope, part["terms"]);
  }
}

function* comprehensionEdits(scope: Scope, { value }: SyntaxNode): Generator<Edit> {
  if (!isNode(value)) return;
  for (const part of ["term", "key", "value"]) yield* termEdits(scope, value[part]);
  yield* bodyEdits(scope, value["body"]);
}

/** Every small change of the expressions of a body: of a rule, an `every` or a comprehension. */
export function* bodyEdits(scope: Scope, body: unknown): Generator<Edit> {
  for (const expression of nodesIn(body)) {
    if (expression["generated"] !== true) yield* expressionEdits(scope, expression);
  }
}

function* expressionEdits(scope: Scope, expression: SyntaxNode): Generator<Edit> {
  const { terms, negated } = expression;
  const declares = isNode(terms) && "symbols" in terms;
  const [operator] = nodesIn(terms);
  if (!declares || isMembership(terms)) {
    yield* replaced(scope, expression, "drop-expression", () => "true");
  }
  if (negated === true) {
    yield* replaced(scope, expression, "negate", (text) => text.replace(/^not\s+/, ""));
  } else if (!declares && !isBinding(operator)) {
    yield* replaced(scope, expression, "negate", (text) => `not ${text}`);
  }
  yield* operatorEdits(scope, operator);
  yield* operandEdits(scope, terms);
  for (const { value } of nodesIn(expression["with"])) yield* termEdits(scope, value);
}

/** `some x in xs`, not `some x`. */
function isMembership({ symbols }: SyntaxNode): boolean {
  return nodesIn(symbols).some(({ type }) => type === "call");
}

/** What stands in an expression: an operator and its operands, `some`, `every` or one term. */
function* operandEdits(scope: Scope, terms: unknown): Generator<Edit> {
  if (!isNode(terms)) {
    for (const operand of nodesIn(terms).slice(1)) yield* termEdits(scope, operand);
  } else if ("symbols" in terms) {
    for (const { value } of nodesIn(terms["symbols"])) yield* operandEdits(scope, value);
  } else if ("domain" in terms) {
    yield* termEdits(scope, terms["domain"]);
    yield* bodyEdits(scope, terms["body"]);
  } else {
    yield* termEdits(scope, terms);
  }
}
