import type {
  Argument,
  ArgumentDefinition,
  ChildValue,
  Comment,
  CommentGroup,
  Definition,
  Directive,
  DirectiveDefinition,
  EnumValueDefinition,
  Field,
  FieldDefinition,
  FragmentDefinition,
  FragmentSpread,
  InlineFragment,
  OperationDefinition,
  OperationTypeDefinition,
  QueryDocument,
  SchemaDefinition,
  SchemaDocument,
  Selection,
  Type,
  Value,
  VariableDefinition,
} from "./ast.ts";
import { type Decode, flag, integer, items, list, optional, present, struct, text } from "./decode.ts";
import { InvalidGraphql } from "./limits.ts";

// The structs of gqlparser's syntax tree. Those with a decoder of their own there (ast/decode.go) take no comments.

const comment = struct<Comment>(() => ({ Value: text }));

const comments = optional(struct<CommentGroup>(() => ({ List: list(present(comment)) })));

const type: Decode<Type> = struct<Type>(() => ({ NamedType: text, Elem: optional(type), NonNull: flag }));

const childValue: Decode<ChildValue> = struct<ChildValue>(() => ({
  Name: text,
  Value: optional(value),
  Comment: comments,
}));

const value: Decode<Value> = struct<Value>(() => ({
  Raw: text,
  Children: list(present(childValue)),
  Kind: integer,
  Comment: comments,
  ExpectedTypeHasDefault: flag,
}));

const argument = struct<Argument>(() => ({ Name: text, Value: optional(value), Comment: comments }));

const directive = struct<Directive>(() => ({
  Name: text,
  Arguments: list(present(argument)),
  Location: text,
}));

const directives = list(present(directive));

const variableDefinition = struct<VariableDefinition>(() => ({
  Variable: text,
  Type: optional(type),
  DefaultValue: optional(value),
  Directives: directives,
  Comment: comments,
  Used: flag,
}));

const field: Decode<Omit<Field, "kind" | "Comment">> = struct(
  () => ({
    Alias: text,
    Name: text,
    Arguments: list(present(argument)),
    Directives: directives,
    SelectionSet: selections,
  }),
  "exact",
);

const spread = struct<Omit<FragmentSpread, "kind">>(() => ({
  Name: text,
  Directives: directives,
  Comment: comments,
}));

const inline: Decode<Omit<InlineFragment, "kind" | "Comment">> = struct(
  () => ({ TypeCondition: text, Directives: directives, SelectionSet: selections }),
  "exact",
);

/**
 * As gqlparser does: what can be read as a field is one, and that is every selection whose members have the types of a
 * field's; what cannot be read at all is passed over.
 */
const selections: Decode<readonly Selection[]> = (set, limits) =>
  items(set).flatMap((item) =>
    limits.nest((): readonly Selection[] => {
      const read =
        attempt(() => ({ kind: "field" as const, ...field(item, limits) })) ??
        attempt(() => ({ kind: "spread" as const, ...spread(item, limits) })) ??
        attempt(() => ({ kind: "inline" as const, ...inline(item, limits) }));
      return read === undefined ? [] : [read];
    }),
  );

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (thrown) {
    if (thrown instanceof InvalidGraphql) return undefined;
    throw thrown;
  }
}

const operationDefinition = struct<Omit<OperationDefinition, "Comment">>(
  () => ({
    Operation: text,
    Name: text,
    VariableDefinitions: list(present(variableDefinition)),
    Directives: directives,
    SelectionSet: selections,
  }),
  "exact",
);

const fragmentDefinition = struct<Omit<FragmentDefinition, "Comment">>(
  () => ({
    Name: text,
    VariableDefinition: list(present(variableDefinition)),
    TypeCondition: text,
    Directives: directives,
    SelectionSet: selections,
  }),
  "exact",
);

export const decodeQuery = struct<QueryDocument>(() => ({
  Operations: list(present(operationDefinition)),
  Fragments: list(present(fragmentDefinition)),
  Comment: comments,
}));

const described = {
  Description: text,
  BeforeDescriptionComment: comments,
  AfterDescriptionComment: comments,
};

const argumentDefinition = struct<ArgumentDefinition>(() => ({
  ...described,
  Name: text,
  DefaultValue: optional(value),
  Type: optional(type),
  Directives: directives,
}));

const fieldDefinition = struct<FieldDefinition>(() => ({
  ...described,
  Name: text,
  Arguments: list(present(argumentDefinition)),
  DefaultValue: optional(value),
  Type: optional(type),
  Directives: directives,
}));

const enumValueDefinition = struct<EnumValueDefinition>(() => ({
  ...described,
  Name: text,
  Directives: directives,
}));

const definition = struct<Definition>(() => ({
  ...described,
  Kind: text,
  Name: text,
  Directives: directives,
  Interfaces: list(text),
  Fields: list(present(fieldDefinition)),
  Types: list(text),
  EnumValues: list(present(enumValueDefinition)),
  BuiltIn: flag,
  EndOfDefinitionComment: comments,
}));

const directiveDefinition = struct<DirectiveDefinition>(() => ({
  ...described,
  Name: text,
  Arguments: list(present(argumentDefinition)),
  Locations: list(text),
  IsRepeatable: flag,
}));

const operationTypeDefinition = struct<OperationTypeDefinition>(() => ({
  Operation: text,
  Type: text,
  Comment: comments,
}));

const schemaDefinition = struct<SchemaDefinition>(() => ({
  ...described,
  Directives: directives,
  OperationTypes: list(present(operationTypeDefinition)),
  EndOfDefinitionComment: comments,
}));

export const decodeSchema = struct<SchemaDocument>(() => ({
  Schema: list(present(schemaDefinition)),
  SchemaExtension: list(present(schemaDefinition)),
  Directives: list(present(directiveDefinition)),
  Definitions: list(present(definition)),
  Extensions: list(present(definition)),
  Comment: comments,
}));
