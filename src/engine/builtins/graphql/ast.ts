/**
 * The syntax tree of github.com/vektah/gqlparser/v2 (v2.5.58, folder `ast`), which OPA's results show: keys are those of
 * its Go structs, and what Go writes for nothing (`""`, `false`, `0`) is there, too. What is undefined or empty does not
 * show. `kind`, in lower case, tells selections apart and does not show either. What gqlparser adds while it validates
 * is left out, since OPA's results are made before.
 */
export interface Comment {
  readonly Value: string;
}

/** The comments before one token. */
export interface CommentGroup {
  readonly List: readonly Comment[];
}

export interface Type {
  /** Empty for a list. */
  readonly NamedType: string;
  readonly Elem?: Type | undefined;
  readonly NonNull: boolean;
}

/** `ValueKind` of ast/value.go. */
export const ValueKind = {
  Variable: 0,
  Int: 1,
  Float: 2,
  String: 3,
  Block: 4,
  Boolean: 5,
  Null: 6,
  Enum: 7,
  List: 8,
  Object: 9,
} as const;

export interface Value {
  readonly Raw: string;
  readonly Children: readonly ChildValue[];
  readonly Kind: number;
  readonly Comment?: CommentGroup | undefined;
  readonly ExpectedTypeHasDefault: boolean;
}

/** An item of a list, without a name, or a field of an object. */
export interface ChildValue {
  readonly Name: string;
  readonly Value?: Value | undefined;
  readonly Comment?: CommentGroup | undefined;
}

export interface Argument {
  readonly Name: string;
  readonly Value?: Value | undefined;
  readonly Comment?: CommentGroup | undefined;
}

export interface Directive {
  readonly Name: string;
  readonly Arguments: readonly Argument[];
  readonly Location: string;
}

export interface VariableDefinition {
  readonly Variable: string;
  readonly Type?: Type | undefined;
  readonly DefaultValue?: Value | undefined;
  readonly Directives: readonly Directive[];
  readonly Comment?: CommentGroup | undefined;
  readonly Used: boolean;
}

export type Selection = Field | FragmentSpread | InlineFragment;

export interface Field {
  readonly kind: "field";
  readonly Alias: string;
  readonly Name: string;
  readonly Arguments: readonly Argument[];
  readonly Directives: readonly Directive[];
  readonly SelectionSet: readonly Selection[];
  readonly Comment?: CommentGroup | undefined;
}

export interface FragmentSpread {
  readonly kind: "spread";
  readonly Name: string;
  readonly Directives: readonly Directive[];
  readonly Comment?: CommentGroup | undefined;
}

export interface InlineFragment {
  readonly kind: "inline";
  readonly TypeCondition: string;
  readonly Directives: readonly Directive[];
  readonly SelectionSet: readonly Selection[];
  readonly Comment?: CommentGroup | undefined;
}

export interface FragmentDefinition {
  readonly Name: string;
  readonly VariableDefinition: readonly VariableDefinition[];
  readonly TypeCondition: string;
  readonly Directives: readonly Directive[];
  readonly SelectionSet: readonly Selection[];
  readonly Comment?: CommentGroup | undefined;
}

export interface OperationDefinition {
  /** `query`, `mutation` or `subscription`. */
  readonly Operation: string;
  readonly Name: string;
  readonly VariableDefinitions: readonly VariableDefinition[];
  readonly Directives: readonly Directive[];
  readonly SelectionSet: readonly Selection[];
  readonly Comment?: CommentGroup | undefined;
}

export interface QueryDocument {
  readonly Operations: readonly OperationDefinition[];
  readonly Fragments: readonly FragmentDefinition[];
  readonly Comment?: CommentGroup | undefined;
}

/** What any definition of a schema has. */
export interface Described {
  readonly Description: string;
  readonly BeforeDescriptionComment?: CommentGroup | undefined;
  readonly AfterDescriptionComment?: CommentGroup | undefined;
}

/** A type, or an extension of one. */
export interface Definition extends Described {
  /** `SCALAR`, `OBJECT`, `INTERFACE`, `UNION`, `ENUM` or `INPUT_OBJECT`. */
  readonly Kind: string;
  readonly Name: string;
  readonly Directives: readonly Directive[];
  readonly Interfaces: readonly string[];
  readonly Fields: readonly FieldDefinition[];
  /** The members of a union. */
  readonly Types: readonly string[];
  readonly EnumValues: readonly EnumValueDefinition[];
  readonly BuiltIn: boolean;
  readonly EndOfDefinitionComment?: CommentGroup | undefined;
}

/** A field of an object or an interface has arguments, one of an input object a default value. */
export interface FieldDefinition extends Described {
  readonly Name: string;
  readonly Arguments: readonly ArgumentDefinition[];
  readonly DefaultValue?: Value | undefined;
  readonly Type?: Type | undefined;
  readonly Directives: readonly Directive[];
}

export interface ArgumentDefinition extends Described {
  readonly Name: string;
  readonly DefaultValue?: Value | undefined;
  readonly Type?: Type | undefined;
  readonly Directives: readonly Directive[];
}

export interface EnumValueDefinition extends Described {
  readonly Name: string;
  readonly Directives: readonly Directive[];
}

export interface DirectiveDefinition extends Described {
  readonly Name: string;
  readonly Arguments: readonly ArgumentDefinition[];
  readonly Locations: readonly string[];
  readonly IsRepeatable: boolean;
}

export interface OperationTypeDefinition {
  readonly Operation: string;
  readonly Type: string;
  readonly Comment?: CommentGroup | undefined;
}

export interface SchemaDefinition extends Described {
  readonly Directives: readonly Directive[];
  readonly OperationTypes: readonly OperationTypeDefinition[];
  readonly EndOfDefinitionComment?: CommentGroup | undefined;
}

export interface SchemaDocument {
  readonly Schema: readonly SchemaDefinition[];
  readonly SchemaExtension: readonly SchemaDefinition[];
  readonly Directives: readonly DirectiveDefinition[];
  readonly Definitions: readonly Definition[];
  readonly Extensions: readonly Definition[];
  readonly Comment?: CommentGroup | undefined;
}
