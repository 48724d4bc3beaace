import { replaced, type Edit, type Scope } from "./edit.ts";
import type { Span, SyntaxNode } from "./syntax-node.ts";

/** Another string than any that a policy holds. */
export const OTHER = '"mutant"';

/** Another constant in the place of one. */
export function* constantEdits(scope: Scope, term: SyntaxNode): Generator<Edit> {
  for (const other of otherConstants(term)) {
    yield* replaced(scope, term, "change-constant", (text) => (isLiteral(text) ? other(text) : undefined));
  }
}

export function isConstant({ type }: SyntaxNode): boolean {
  return type === "string" || type === "null" || type === "boolean" || type === "number";
}

/** The names in `input.request` are strings too, but not written as such. */
function isLiteral(text: string): boolean {
  return /^(?:["`]|-?\d|true$|false$|null$)/.test(text);
}

function otherConstants({ type }: SyntaxNode): readonly ((text: string) => string)[] {
  switch (type) {
    case "string":
    case "null":
      return [() => OTHER];
    case "boolean":
      return [(text) => (text === "true" ? "false" : "true")];
    case "number":
      return [(text) => shifted(text, 1), (text) => shifted(text, -1)];
    default:
      return [];
  }
}

function shifted(text: string, by: 1 | -1): string {
  return /^-?\d+$/.test(text) ? String(BigInt(text) + BigInt(by)) : String(Number(text) + by);
}

export interface Literal {
  readonly literal: SyntaxNode;
  /** Of its items, or of its pairs of key and value; in any order, because OPA sorts sets and objects. */
  readonly spans: readonly (Span | undefined)[];
  readonly operator: "drop-item" | "drop-key";
  /** How the literal is written without parts. */
  readonly empty: string;
}

/** Each part gone in turn, with the comma behind it or, at the end, the one before it. */
export function* partsDropped({ source }: Scope, literal: Literal): Generator<Edit> {
  const { operator, empty } = literal;
  const spans = literal.spans
    .filter((span) => span !== undefined)
    .toSorted((left, right) => left.start - right.start);
  for (const [index, span] of spans.entries()) {
    const before = source.text.slice(span.start, span.end);
    const [next, previous] = [spans[index + 1], spans[index - 1]];
    const whole = source.spanOf(literal.literal);
    if (next !== undefined) {
      yield { operator, span: { start: span.start, end: next.start }, replacement: "", before };
    } else if (previous !== undefined) {
      yield { operator, span: { start: previous.end, end: span.end }, replacement: "", before };
    } else if (whole !== undefined) {
      yield { operator, span: whole, replacement: empty, before };
    }
  }
}
