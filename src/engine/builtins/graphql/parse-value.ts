import { type Argument, type ChildValue, type Directive, type Type, type Value, ValueKind } from "./ast.ts";
import type { TokenKind } from "./lexer.ts";
import { InvalidGraphql } from "./limits.ts";
import type { TokenReader } from "./token-reader.ts";

// What queries and schemas have in common (parser/query.go). In constants there are no variables.

export function parseArguments(tokens: TokenReader, isConst: boolean): readonly Argument[] {
  return tokens.some("(", ")", () => parseNamedValue(tokens, isConst)).items;
}

function parseNamedValue(tokens: TokenReader, isConst: boolean): Argument & ChildValue {
  const { comment } = tokens.peek();
  const name = tokens.name();
  tokens.expect(":");
  return { Name: name, Value: parseValue(tokens, isConst), Comment: comment };
}

export function parseDirectives(tokens: TokenReader, isConst: boolean): readonly Directive[] {
  const directives: Directive[] = [];
  while (tokens.skip("@"))
    directives.push({ Name: tokens.name(), Arguments: parseArguments(tokens, isConst), Location: "" });
  return directives;
}

export function parseType(tokens: TokenReader): Type {
  if (!tokens.skip("[")) return { NamedType: tokens.name(), NonNull: tokens.skip("!") };
  const item = tokens.nest(() => parseType(tokens));
  tokens.expect("]");
  return { NamedType: "", Elem: item, NonNull: tokens.skip("!") };
}

const SCALARS: ReadonlyMap<TokenKind, number> = new Map([
  ["int", ValueKind.Int],
  ["float", ValueKind.Float],
  ["string", ValueKind.String],
  ["block string", ValueKind.Block],
]);

/** Of all values only lists and objects keep the comment before them. */
export function parseValue(tokens: TokenReader, isConst: boolean): Value {
  const { kind, comment } = tokens.peek();
  if (kind === "[") {
    const items = tokens.many("[", "]", () => ({ Name: "", Value: parseValue(tokens, isConst) }));
    return { ...valueOf(ValueKind.List, ""), Children: items, Comment: comment };
  }
  if (kind === "{") {
    const fields = tokens.many("{", "}", () => parseNamedValue(tokens, isConst));
    return { ...valueOf(ValueKind.Object, ""), Children: fields, Comment: comment };
  }
  if (kind === "$" && !isConst) return valueOf(ValueKind.Variable, parseVariable(tokens));
  const { value } = tokens.next();
  if (kind === "name") return valueOf(kindOfName(value), value);
  const scalar = SCALARS.get(kind);
  if (scalar === undefined) throw new InvalidGraphql();
  return valueOf(scalar, value);
}

export function parseVariable(tokens: TokenReader): string {
  tokens.expect("$");
  return tokens.name();
}

function kindOfName(name: string): number {
  if (name === "null") return ValueKind.Null;
  return name === "true" || name === "false" ? ValueKind.Boolean : ValueKind.Enum;
}

function valueOf(kind: number, raw: string): Value {
  return { Raw: raw, Children: [], Kind: kind, ExpectedTypeHasDefault: false };
}
