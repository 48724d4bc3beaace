import type {
  Field,
  FragmentDefinition,
  OperationDefinition,
  QueryDocument,
  Selection,
  VariableDefinition,
} from "./ast.ts";
import { check, InvalidGraphql, type Limits } from "./limits.ts";
import { parseArguments, parseDirectives, parseType, parseValue, parseVariable } from "./parse-value.ts";
import { TokenReader } from "./token-reader.ts";

const OPERATIONS: ReadonlySet<string> = new Set(["query", "mutation", "subscription"]);

/** parser/query.go. Throws InvalidGraphql. */
export function parseQuery(text: string, limits: Limits): QueryDocument {
  const tokens = new TokenReader(text, limits);
  const operations: OperationDefinition[] = [];
  const fragments: FragmentDefinition[] = [];
  while (!tokens.is("end")) {
    const { kind, value } = tokens.peek();
    if (kind === "{" || (kind === "name" && OPERATIONS.has(value))) operations.push(parseOperation(tokens));
    else if (kind === "name" && value === "fragment") fragments.push(parseFragmentDefinition(tokens));
    else throw new InvalidGraphql();
  }
  return { Operations: operations, Fragments: fragments };
}

/** An operation of which there is only the selection set has no comment. */
function parseOperation(tokens: TokenReader): OperationDefinition {
  const isShort = tokens.is("{");
  const { comment } = tokens.peek();
  const operation = isShort ? "query" : tokens.name();
  return {
    Operation: operation,
    Name: tokens.is("name") ? tokens.name() : "",
    VariableDefinitions: isShort ? [] : parseVariableDefinitions(tokens),
    Directives: isShort ? [] : parseDirectives(tokens, false),
    SelectionSet: parseSelectionSet(tokens),
    Comment: isShort ? undefined : comment,
  };
}

function parseVariableDefinitions(tokens: TokenReader): readonly VariableDefinition[] {
  return tokens.some("(", ")", () => {
    const { comment } = tokens.peek();
    const variable = parseVariable(tokens);
    tokens.expect(":");
    return {
      Variable: variable,
      Type: parseType(tokens),
      DefaultValue: tokens.skip("=") ? parseValue(tokens, true) : undefined,
      Directives: parseDirectives(tokens, false),
      Comment: comment,
      Used: false,
    };
  }).items;
}

function parseFragmentDefinition(tokens: TokenReader): FragmentDefinition {
  const { comment } = tokens.keyword("fragment");
  const name = parseFragmentName(tokens);
  const variables = parseVariableDefinitions(tokens);
  tokens.keyword("on");
  return {
    Name: name,
    VariableDefinition: variables,
    TypeCondition: tokens.name(),
    Directives: parseDirectives(tokens, false),
    SelectionSet: parseSelectionSet(tokens),
    Comment: comment,
  };
}

function parseFragmentName(tokens: TokenReader): string {
  check(!tokens.says("on"));
  return tokens.name();
}

function parseSelectionSet(tokens: TokenReader): readonly Selection[] {
  check(tokens.is("{"));
  return tokens.some("{", "}", () => (tokens.is("...") ? parseFragment(tokens) : parseField(tokens))).items;
}

function parseField(tokens: TokenReader): Field {
  const { comment, value } = tokens.expect("name");
  return {
    kind: "field",
    Alias: value,
    Name: tokens.skip(":") ? tokens.name() : value,
    Arguments: parseArguments(tokens, false),
    Directives: parseDirectives(tokens, false),
    SelectionSet: tokens.is("{") ? parseSelectionSet(tokens) : [],
    Comment: comment,
  };
}

function parseFragment(tokens: TokenReader): Selection {
  const { comment } = tokens.expect("...");
  if (tokens.is("name") && !tokens.says("on")) {
    const name = parseFragmentName(tokens);
    return { kind: "spread", Name: name, Directives: parseDirectives(tokens, false), Comment: comment };
  }
  return {
    kind: "inline",
    TypeCondition: parseTypeCondition(tokens),
    Directives: parseDirectives(tokens, false),
    SelectionSet: parseSelectionSet(tokens),
    Comment: comment,
  };
}

function parseTypeCondition(tokens: TokenReader): string {
  if (!tokens.says("on")) return "";
  tokens.next();
  return tokens.name();
}
