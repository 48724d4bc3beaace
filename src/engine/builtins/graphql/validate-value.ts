import { type ChildValue, type Type, type Value, ValueKind, type VariableDefinition } from "./ast.ts";
import { check, type Limits, required } from "./limits.ts";
import type { SchemaType } from "./schema.ts";
import { isReadableScalar } from "./readable-scalar.ts";
import { isCompatible, nameOf } from "./type.ts";

/** What the schema wants where a value stands. */
export interface Expected {
  readonly type: Type;
  /** What the type, or the items of a list, are. */
  readonly definition: SchemaType;
  /** Whether there is a default for what is left out. */
  readonly hasDefault: boolean;
}

/** The variables of one operation. */
export interface Variables {
  readonly definitions: ReadonlyMap<string, VariableDefinition>;
  readonly used: Set<string>;
}

export interface ValueContext {
  readonly types: ReadonlyMap<string, SchemaType>;
  /** Undefined while a fragment is looked at by itself. */
  readonly variables: Variables | undefined;
  readonly limits: Limits;
}

const SCALARS: ReadonlySet<string> = new Set(["Int", "Float", "String", "Boolean", "ID"]);

/**
 * rules/values_of_correct_type.go, variables_in_allowed_position.go, no_undefined_variables.go and
 * unique_input_field_names.go. Throws InvalidGraphql.
 */
export function validateValue(context: ValueContext, value: Value, expected: Expected | undefined): void {
  if (value.Kind === ValueKind.Variable) validateVariable(context, value.Raw, expected);
  context.limits.nest(() => validateChildren(context, value, expected));
  if (expected === undefined) return;
  check(value.Kind !== ValueKind.Null || !expected.type.NonNull);
  if (expected.definition.Kind === "SCALAR" && !SCALARS.has(expected.definition.Name)) return;
  check(isReadable(context, value));
  check(isOfType(value, expected));
}

/** What is expected of an argument or a field; undefined if there is none of that name. */
export function expectedOf(
  types: ReadonlyMap<string, SchemaType>,
  definition: { readonly Type?: Type | undefined; readonly DefaultValue?: Value | undefined } | undefined,
): Expected | undefined {
  if (definition === undefined) return undefined;
  const type = required(definition.Type);
  const hasDefault = definition.DefaultValue !== undefined && definition.DefaultValue.Kind !== ValueKind.Null;
  return { type, definition: required(types.get(nameOf(type))), hasDefault };
}

function validateVariable({ variables }: ValueContext, name: string, expected: Expected | undefined): void {
  if (variables === undefined) return;
  const { Type: type, DefaultValue } = required(variables.definitions.get(name));
  variables.used.add(name);
  if (expected === undefined) return;
  const isNeverNull = DefaultValue !== undefined && DefaultValue.Kind !== ValueKind.Null;
  const NonNull = expected.type.NonNull && !expected.hasDefault && !isNeverNull;
  check(isCompatible(required(type), { ...expected.type, NonNull }));
}

function validateChildren(context: ValueContext, value: Value, expected: Expected | undefined): void {
  if (value.Kind === ValueKind.Object) validateFields(context, value.Children, expected);
  if (value.Kind !== ValueKind.List) return;
  const type = expected?.type.Elem;
  const item = expected && type && { type, definition: expected.definition, hasDefault: false };
  for (const child of value.Children) validateValue(context, required(child.Value), item);
}

function validateFields(
  context: ValueContext,
  children: readonly ChildValue[],
  expected: Expected | undefined,
): void {
  context.limits.spend(expected?.definition.fieldList.length ?? 0);
  const isOneOf = expected !== undefined && hasOneOf(expected.definition);
  check(new Set(children.map(({ Name }) => Name)).size === children.length);
  for (const { Name, Value: child } of children) {
    const field = expectedOf(context.types, expected?.definition.fields.get(Name));
    validateValue(context, required(child), field);
    if (isOneOf) check(mustBeGiven(context, required(child)));
  }
}

function hasOneOf({ directives }: SchemaType): boolean {
  return directives.some(({ Name }) => Name === "oneOf");
}

/** Anything but a variable that may be null. */
function mustBeGiven({ variables }: ValueContext, { Kind, Raw }: Value): boolean {
  const variable = Kind === ValueKind.Variable ? variables?.definitions.get(Raw) : undefined;
  return variable === undefined || variable.Type?.NonNull === true;
}

/** Whether Go can read it (ast/value.go): what a variable is by default counts, too. */
function isReadable(context: ValueContext, { Kind, Raw, Children }: Value): boolean {
  context.limits.spend(1);
  if (Kind === ValueKind.Variable) {
    const value = context.variables?.definitions.get(Raw)?.DefaultValue;
    return value === undefined || isReadable({ ...context, variables: undefined }, value);
  }
  return isReadableScalar(Kind, Raw) && Children.every((child) => isReadable(context, required(child.Value)));
}

/** The scalars that a literal may stand for. */
const SCALARS_OF: ReadonlyMap<number, readonly string[]> = new Map([
  [ValueKind.Int, ["Int", "Float", "ID"]],
  [ValueKind.Float, ["Float"]],
  [ValueKind.String, ["String", "ID"]],
  [ValueKind.Block, ["String", "ID"]],
  [ValueKind.Boolean, ["Boolean"]],
]);

function isOfType({ Kind, Raw, Children }: Value, { type, definition }: Expected): boolean {
  if (Kind === ValueKind.List) return type.Elem !== undefined;
  if (Kind === ValueKind.Enum) return definition.Kind === "ENUM" && definition.enumNames.has(Raw);
  if (Kind === ValueKind.Object) return isObjectOfType(Children, definition);
  return SCALARS_OF.get(Kind)?.includes(definition.Name) ?? true;
}

/** Has what it must have and nothing unknown. */
function isObjectOfType(children: readonly ChildValue[], definition: SchemaType): boolean {
  const names = new Set(children.map(({ Name }) => Name));
  const isComplete = definition.fieldList.every(
    ({ Name, Type: type, DefaultValue }) => !type.NonNull || DefaultValue !== undefined || names.has(Name),
  );
  const isKnown = children.every(({ Name }) => definition.fields.has(Name));
  if (!isComplete || !isKnown || !hasOneOf(definition)) return isComplete && isKnown;
  return children.length === 1 && children[0]?.Value?.Kind !== ValueKind.Null;
}
