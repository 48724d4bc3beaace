import type { SchemaDocument } from "./ast.ts";
import { check, type Limits, required } from "./limits.ts";
import { prelude } from "./prelude.ts";
import { argumentsOf, mergeSchema, type Schema, type SchemaField, type SchemaType } from "./schema.ts";
import { validateArguments, validateDirectives } from "./validate-arguments.ts";
import { validateInputCycles, validateType } from "./validate-type.ts";

/** A valid schema, and where the operations of a query begin. */
export interface ExecutableSchema extends Schema {
  readonly roots: ReadonlyMap<string, SchemaType>;
}

/** Validates a schema, together with what every schema has (validator/schema.go). Throws InvalidGraphql. */
export function loadSchema(document: SchemaDocument, limits: Limits): ExecutableSchema {
  const schema = mergeSchema(prelude(), document);
  const roots = rootsOf(schema, document);
  for (const { Directives } of [...document.Schema, ...document.SchemaExtension])
    validateDirectives({ schema, limits }, Directives, { location: "SCHEMA" });
  for (const type of schema.types.values()) validateType({ schema, limits }, type);
  validateInputCycles({ schema, limits });
  for (const directive of schema.directives.values()) {
    check(!directive.Name.startsWith("__"));
    validateArguments({ schema, limits }, directive.arguments.list, directive.Name);
  }
  const query = roots.get("query");
  if (query === undefined) return { ...schema, roots };
  const introspected = withIntrospection(query);
  return {
    ...schema,
    types: new Map(schema.types).set(query.Name, introspected),
    roots: new Map([...roots].map(([name, type]) => [name, type === query ? introspected : type])),
  };
}

/** By operation; without a definition of the schema by the names that types usually have. */
function rootsOf({ types }: Schema, { Schema: definitions, SchemaExtension }: SchemaDocument): Roots {
  check(definitions.length <= 1);
  const roots = new Map<string, SchemaType>();
  for (const { OperationTypes } of [...definitions, ...SchemaExtension])
    for (const { Operation, Type } of OperationTypes) roots.set(Operation, required(types.get(Type)));
  if (definitions.length > 0) return roots;
  for (const name of ["Query", "Mutation", "Subscription"]) {
    const type = types.get(name);
    if (type !== undefined && !roots.has(name.toLowerCase())) roots.set(name.toLowerCase(), type);
  }
  return roots;
}

type Roots = ReadonlyMap<string, SchemaType>;

const NAME = { Description: "", Name: "name", Type: { NamedType: "String", NonNull: true }, Directives: [] };

const INTROSPECTION: readonly SchemaField[] = [
  {
    Name: "__schema",
    Type: { NamedType: "__Schema", NonNull: true },
    Directives: [],
    arguments: argumentsOf([]),
  },
  {
    Name: "__type",
    Type: { NamedType: "__Type", NonNull: false },
    Directives: [],
    arguments: argumentsOf([NAME]),
  },
];

function withIntrospection(query: SchemaType): SchemaType {
  const fields = [...query.fieldList, ...INTROSPECTION];
  return { ...query, fieldList: fields, fields: new Map(fields.map((field) => [field.Name, field])) };
}
