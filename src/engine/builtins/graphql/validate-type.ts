import type { Type } from "./ast.ts";
import { check, required } from "./limits.ts";
import { isComposite, isInput, isLeaf, type Schema, type SchemaField, type SchemaType } from "./schema.ts";
import { isCompatible, nameOf } from "./type.ts";
import { validateArguments, validateDirectives, type Validation } from "./validate-arguments.ts";

/** validator/schema.go. Throws InvalidGraphql. */
export function validateType(validation: Validation, type: SchemaType): void {
  const { types } = validation.schema;
  validation.limits.spend(1 + type.fieldList.length);
  check(type.BuiltIn || !type.Name.startsWith("__"));
  for (const field of type.fieldList) validateField(validation, type, field);
  for (const member of type.members) check(required(types.get(member)).Kind === "OBJECT");
  for (const name of type.interfaces) validateImplementation(validation, type, required(types.get(name)));
  if (isComposite(type) || type.Kind === "INPUT_OBJECT")
    check(type.Kind === "UNION" || type.fieldList.length > 0);
  if (type.Kind === "ENUM") validateEnum(validation, type);
  check(type.fields.size === type.fieldList.length);
  check(type.enumNames.size === type.enumValues.length);
  check(new Set(type.members).size === type.members.length);
  validateDirectives(validation, type.directives, { location: type.Kind, isMerged: true });
}

function validateField(validation: Validation, { Kind }: SchemaType, field: SchemaField): void {
  check(!field.Name.startsWith("__"));
  const fieldType = required(validation.schema.types.get(nameOf(field.Type)));
  validateArguments(validation, field.arguments.list);
  const location = Kind === "INPUT_OBJECT" ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION";
  validateDirectives(validation, field.Directives, { location });
  if (Kind === "OBJECT" || Kind === "INTERFACE") check(isLeaf(fieldType) || isComposite(fieldType));
  if (Kind === "INPUT_OBJECT") check(isInput(fieldType));
}

const NO_ENUM_VALUES: ReadonlySet<string> = new Set(["true", "false", "null"]);

function validateEnum(validation: Validation, { enumValues }: SchemaType): void {
  check(enumValues.length > 0);
  for (const { Name, Directives } of enumValues) {
    check(!NO_ENUM_VALUES.has(Name));
    validateDirectives(validation, Directives, { location: "ENUM_VALUE" });
  }
}

function validateImplementation({ schema, limits }: Validation, type: SchemaType, base: SchemaType): void {
  check(base.Kind === "INTERFACE");
  limits.spend(base.fieldList.length + base.interfaces.size);
  for (const wanted of base.fieldList) {
    const field = required(type.fields.get(wanted.Name));
    check(isCovariant(schema, wanted.Type, field.Type));
    validateSameArguments(wanted, field);
    limits.spend(wanted.arguments.list.length + field.arguments.list.length);
  }
  for (const name of base.interfaces) check(type.interfaces.has(name));
}

/** The arguments that an interface asks for, and none more that must be given. */
function validateSameArguments(wanted: SchemaField, field: SchemaField): void {
  for (const { Name, Type: type } of wanted.arguments.list) {
    const found = required(field.arguments.byName.get(Name));
    check(isCompatible(required(type), required(found.Type)));
  }
  for (const { Name, Type: type, DefaultValue } of field.arguments.list)
    check(wanted.arguments.byName.has(Name) || !required(type).NonNull || DefaultValue !== undefined);
}

function isCovariant(schema: Schema, wanted: Type, actual: Type): boolean {
  if (wanted.NonNull && !actual.NonNull) return false;
  const { NamedType } = wanted;
  if (NamedType !== "")
    return (
      NamedType === actual.NamedType || schema.possibleTypes.get(NamedType)?.has(actual.NamedType) === true
    );
  return actual.Elem !== undefined && isCovariant(schema, required(wanted.Elem), actual.Elem);
}

/** No input object may need itself: a cycle of fields that must be given has no end. */
export function validateInputCycles({ schema, limits }: Validation): void {
  const isDone = new Map<string, boolean>();
  const visit = (type: SchemaType): void => {
    const state = isDone.get(type.Name);
    check(state !== false);
    if (state === true) return;
    isDone.set(type.Name, false);
    for (const { Type: fieldType } of type.fieldList) {
      const next = fieldType.NonNull ? schema.types.get(fieldType.NamedType) : undefined;
      if (next?.Kind === "INPUT_OBJECT") limits.nest(() => visit(next));
    }
    isDone.set(type.Name, true);
  };
  for (const type of schema.types.values()) if (type.Kind === "INPUT_OBJECT") visit(type);
}
