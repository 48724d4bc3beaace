import type {
  ArgumentDefinition,
  Definition,
  Directive,
  DirectiveDefinition,
  EnumValueDefinition,
  FieldDefinition,
  SchemaDocument,
  Type,
  Value,
} from "./ast.ts";
import { check, required } from "./limits.ts";
import { REDEFINABLE } from "./prelude.ts";

/** A schema as it is looked things up in. */
export interface Schema {
  readonly types: ReadonlyMap<string, SchemaType>;
  readonly directives: ReadonlyMap<string, SchemaDirective>;
  /** The names of the types that a value of a type may have. */
  readonly possibleTypes: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A type with all that it is extended with. */
export interface SchemaType extends Pick<Definition, "Kind" | "Name" | "BuiltIn"> {
  readonly directives: readonly Directive[];
  readonly interfaces: ReadonlySet<string>;
  /** As they are written: one name may come twice. */
  readonly fieldList: readonly SchemaField[];
  readonly fields: ReadonlyMap<string, SchemaField>;
  readonly members: readonly string[];
  readonly enumValues: readonly EnumValueDefinition[];
  readonly enumNames: ReadonlySet<string>;
}

export interface SchemaField {
  readonly Name: string;
  readonly Type: Type;
  readonly DefaultValue?: Value | undefined;
  readonly Directives: readonly Directive[];
  readonly arguments: Arguments;
}

interface SchemaDirective extends Pick<DirectiveDefinition, "Name" | "IsRepeatable"> {
  readonly locations: ReadonlySet<string>;
  readonly arguments: Arguments;
}

/** The arguments of a field or a directive: as they are written, and the first of each name. */
export interface Arguments {
  readonly list: readonly ArgumentDefinition[];
  readonly byName: ReadonlyMap<string, ArgumentDefinition>;
}

/** The definitions of a document, with their extensions, not yet validated (validator/schema.go). */
export function mergeSchema(builtIn: SchemaDocument, document: SchemaDocument): Schema {
  const types = mergeTypes([...builtIn.Definitions, ...document.Definitions], document.Extensions);
  return {
    types: new Map(types.map((type) => [type.Name, type])),
    directives: mergeDirectives([...builtIn.Directives, ...document.Directives]),
    possibleTypes: possibleTypesOf(types),
  };
}

function mergeTypes(
  definitions: readonly Definition[],
  extensions: readonly Definition[],
): readonly SchemaType[] {
  const types = new Map<string, Definition[]>();
  for (const definition of definitions) {
    check(!types.has(definition.Name));
    types.set(definition.Name, [definition]);
  }
  for (const extension of extensions) {
    const parts = types.get(extension.Name);
    if (parts === undefined) types.set(extension.Name, [{ ...extension, BuiltIn: false }]);
    else {
      check(parts[0]?.Kind === extension.Kind);
      parts.push(extension);
    }
  }
  return [...types.values()].map(mergeParts);
}

function mergeParts(parts: readonly Definition[]): SchemaType {
  const { Kind, Name, BuiltIn } = required(parts[0]);
  const fields = parts.flatMap((part) => part.Fields.map(fieldOf));
  const values = parts.flatMap((part) => part.EnumValues);
  return {
    Kind,
    Name,
    BuiltIn,
    directives: parts.flatMap((part) => part.Directives),
    interfaces: new Set(parts.flatMap((part) => part.Interfaces)),
    fieldList: fields,
    fields: byName(fields),
    members: parts.flatMap((part) => part.Types),
    enumValues: values,
    enumNames: new Set(values.map((value) => value.Name)),
  };
}

function fieldOf({ Name, Type, DefaultValue, Directives, Arguments }: FieldDefinition): SchemaField {
  return { Name, Type: required(Type), DefaultValue, Directives, arguments: argumentsOf(Arguments) };
}

export function argumentsOf(list: readonly ArgumentDefinition[]): Arguments {
  return { list, byName: byName(list) };
}

/** Of equal names the first. */
function byName<T extends { readonly Name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.toReversed().map((item) => [item.Name, item]));
}

/** Of directives that may be defined again the last counts. */
function mergeDirectives(definitions: readonly DirectiveDefinition[]): ReadonlyMap<string, SchemaDirective> {
  const directives = new Map<string, SchemaDirective>();
  for (const { Name, IsRepeatable, Locations, Arguments } of definitions) {
    check(!directives.has(Name) || REDEFINABLE.has(Name));
    const locations = new Set(Locations);
    directives.set(Name, { Name, IsRepeatable, locations, arguments: argumentsOf(Arguments) });
  }
  return directives;
}

function possibleTypesOf(types: readonly SchemaType[]): ReadonlyMap<string, ReadonlySet<string>> {
  const possible = new Map<string, Set<string>>();
  const add = (name: string, type: string): void => {
    const names = possible.get(name) ?? new Set();
    possible.set(name, names.add(type));
  };
  for (const { Kind, Name, interfaces, members } of types) {
    if (Kind === "UNION") for (const member of members) add(Name, member);
    if (Kind !== "OBJECT" && Kind !== "INPUT_OBJECT" && Kind !== "INTERFACE") continue;
    for (const each of interfaces) add(each, Name);
    if (Kind !== "INTERFACE") add(Name, Name);
  }
  return possible;
}

export function isLeaf({ Kind }: SchemaType): boolean {
  return Kind === "ENUM" || Kind === "SCALAR";
}

export function isComposite({ Kind }: SchemaType): boolean {
  return Kind === "OBJECT" || Kind === "INTERFACE" || Kind === "UNION";
}

export function isInput(type: SchemaType): boolean {
  return isLeaf(type) || type.Kind === "INPUT_OBJECT";
}
