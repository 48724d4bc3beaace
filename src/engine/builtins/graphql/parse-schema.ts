import type {
  CommentGroup,
  Definition,
  Described,
  DirectiveDefinition,
  OperationTypeDefinition,
  SchemaDefinition,
  SchemaDocument,
} from "./ast.ts";
import { check, InvalidGraphql, type Limits } from "./limits.ts";
import {
  DEFINITION_KINDS,
  parseArgumentDefinitions,
  parseDefinition,
  parseDescription,
} from "./parse-definition.ts";
import { parseDirectives } from "./parse-value.ts";
import { TokenReader } from "./token-reader.ts";

const OPERATIONS: ReadonlySet<string> = new Set(["query", "mutation", "subscription"]);

const LOCATIONS: ReadonlySet<string> = new Set(
  "QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION".split(
    " ",
  ),
);

/** parser/schema.go: as it is written, without the definitions that every schema has. Throws InvalidGraphql. */
export function parseSchema(text: string, limits: Limits): SchemaDocument {
  const tokens = new TokenReader(text, limits);
  const schema: SchemaDefinition[] = [];
  const schemaExtension: SchemaDefinition[] = [];
  const directives: DirectiveDefinition[] = [];
  const definitions: Definition[] = [];
  const extensions: Definition[] = [];
  while (!tokens.is("end")) {
    const described = parseDescription(tokens);
    const { kind, value, comment } = tokens.peek();
    check(kind === "name");
    const head = { ...described, AfterDescriptionComment: comment };
    if (DEFINITION_KINDS.has(value)) definitions.push(parseDefinition(tokens, head));
    else if (value === "schema") schema.push(parseSchemaDefinition(tokens, head));
    else if (value === "directive") directives.push(parseDirectiveDefinition(tokens, head));
    else if (value !== "extend" || described.Description !== "") throw new InvalidGraphql();
    else {
      tokens.next();
      if (tokens.says("schema")) schemaExtension.push(parseSchemaExtension(tokens, comment));
      else extensions.push(parseExtension(tokens, comment));
    }
  }
  return {
    Schema: schema,
    SchemaExtension: schemaExtension,
    Directives: directives,
    Definitions: definitions,
    Extensions: extensions,
    Comment: tokens.peek().comment,
  };
}

function parseSchemaDefinition(tokens: TokenReader, head: Described): SchemaDefinition {
  tokens.keyword("schema");
  const directives = parseDirectives(tokens, true);
  const { items, comment } = tokens.some("{", "}", () => parseOperationType(tokens));
  return { ...head, Directives: directives, OperationTypes: items, EndOfDefinitionComment: comment };
}

function parseOperationType(tokens: TokenReader): OperationTypeDefinition {
  const { value, comment } = tokens.next();
  check(OPERATIONS.has(value));
  tokens.expect(":");
  return { Operation: value, Type: tokens.name(), Comment: comment };
}

function parseSchemaExtension(tokens: TokenReader, comment: CommentGroup | undefined): SchemaDefinition {
  const definition = parseSchemaDefinition(tokens, { Description: "", AfterDescriptionComment: comment });
  check(definition.Directives.length > 0 || definition.OperationTypes.length > 0);
  return definition;
}

/** What is extended with nothing is an error, and an interface is not extended with interfaces. */
function parseExtension(tokens: TokenReader, comment: CommentGroup | undefined): Definition {
  check(DEFINITION_KINDS.has(tokens.peek().value));
  const definition = parseDefinition(tokens, { Description: "", AfterDescriptionComment: comment }, true);
  const { Directives, Interfaces, Fields, Types, EnumValues } = definition;
  check([Directives, Interfaces, Fields, Types, EnumValues].some((parts) => parts.length > 0));
  return definition;
}

function parseDirectiveDefinition(tokens: TokenReader, head: Described): DirectiveDefinition {
  tokens.keyword("directive");
  tokens.expect("@");
  const name = tokens.name();
  const definitions = parseArgumentDefinitions(tokens);
  const isRepeatable = tokens.is("name") && tokens.says("repeatable");
  if (isRepeatable) tokens.next();
  tokens.keyword("on");
  return {
    ...head,
    Name: name,
    Arguments: definitions,
    Locations: tokens.separated("|", () => parseLocation(tokens)),
    IsRepeatable: isRepeatable,
  };
}

function parseLocation(tokens: TokenReader): string {
  const location = tokens.name();
  check(LOCATIONS.has(location));
  return location;
}
