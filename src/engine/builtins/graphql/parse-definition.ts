import type {
  ArgumentDefinition,
  Definition,
  Described,
  EnumValueDefinition,
  FieldDefinition,
  Value,
} from "./ast.ts";
import { required } from "./limits.ts";
import { parseDirectives, parseType, parseValue } from "./parse-value.ts";
import type { Block, TokenReader } from "./token-reader.ts";

/** The keywords of types and the kinds they stand for. */
export const DEFINITION_KINDS: ReadonlyMap<string, string> = new Map([
  ["scalar", "SCALAR"],
  ["type", "OBJECT"],
  ["interface", "INTERFACE"],
  ["union", "UNION"],
  ["enum", "ENUM"],
  ["input", "INPUT_OBJECT"],
]);

/** A type, from its keyword on, or what it is extended with. */
export function parseDefinition(tokens: TokenReader, head: Described, isExtension = false): Definition {
  const kind = required(DEFINITION_KINDS.get(tokens.expect("name").value));
  const name = tokens.name();
  const mayImplement = kind === "OBJECT" || (kind === "INTERFACE" && !isExtension);
  const interfaces = mayImplement ? parseInterfaces(tokens) : [];
  // gqlparser takes variables in directives of this extension alone.
  const directives = parseDirectives(tokens, !(isExtension && kind === "INPUT_OBJECT"));
  return {
    ...head,
    Kind: kind,
    Name: name,
    Directives: directives,
    Interfaces: interfaces,
    BuiltIn: false,
    ...NO_PARTS,
    ...parseParts(tokens, kind),
  };
}

type Parts = Pick<Definition, "Fields" | "Types" | "EnumValues" | "EndOfDefinitionComment">;

const NO_PARTS: Parts = { Fields: [], Types: [], EnumValues: [] };

function parseParts(tokens: TokenReader, kind: string): Partial<Parts> {
  if (kind === "SCALAR") return {};
  if (kind === "UNION") return tokens.skip("=") ? { Types: tokens.separated("|", () => tokens.name()) } : {};
  if (kind === "ENUM") {
    const { items, comment } = parseEnumValues(tokens);
    return { EnumValues: items, EndOfDefinitionComment: comment };
  }
  const { items, comment } = parseFields(tokens, kind === "INPUT_OBJECT");
  return { Fields: items, EndOfDefinitionComment: comment };
}

function parseInterfaces(tokens: TokenReader): readonly string[] {
  if (!tokens.says("implements")) return [];
  tokens.next();
  return tokens.separated("&", () => tokens.name());
}

/** A field of an object or an interface has arguments, one of an input object a default value. */
function parseFields(tokens: TokenReader, isInput: boolean): Block<FieldDefinition> {
  return tokens.some("{", "}", () => {
    const head = parseHead(tokens);
    const name = tokens.name();
    const definitions = isInput ? [] : parseArgumentDefinitions(tokens);
    tokens.expect(":");
    return {
      ...head,
      Name: name,
      Arguments: definitions,
      Type: parseType(tokens),
      DefaultValue: isInput ? parseDefault(tokens) : undefined,
      Directives: parseDirectives(tokens, true),
    };
  });
}

export function parseArgumentDefinitions(tokens: TokenReader): readonly ArgumentDefinition[] {
  return tokens.some("(", ")", () => {
    const head = parseHead(tokens);
    const name = tokens.name();
    tokens.expect(":");
    return {
      ...head,
      Name: name,
      Type: parseType(tokens),
      DefaultValue: parseDefault(tokens),
      Directives: parseDirectives(tokens, true),
    };
  }).items;
}

function parseEnumValues(tokens: TokenReader): Block<EnumValueDefinition> {
  return tokens.some("{", "}", () => {
    const head = parseHead(tokens);
    return { ...head, Name: tokens.name(), Directives: parseDirectives(tokens, true) };
  });
}

function parseDefault(tokens: TokenReader): Value | undefined {
  return tokens.skip("=") ? parseValue(tokens, true) : undefined;
}

/** The description and the comments of a field, an argument or a value; the comment of an empty description is lost. */
function parseHead(tokens: TokenReader): Described {
  const { Description, BeforeDescriptionComment } = parseDescription(tokens);
  return {
    Description,
    BeforeDescriptionComment: Description === "" ? undefined : BeforeDescriptionComment,
    AfterDescriptionComment: tokens.peek().comment,
  };
}

export function parseDescription(tokens: TokenReader): Described {
  if (!tokens.is("string") && !tokens.is("block string")) return { Description: "" };
  const { value, comment } = tokens.next();
  return { Description: value, BeforeDescriptionComment: comment };
}
