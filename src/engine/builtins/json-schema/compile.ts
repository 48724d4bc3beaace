import { compileItemLimits, compileItems } from "./compile-array.ts";
import { compileMemberLimits, compileMembers } from "./compile-object.ts";
import { compileConstants, compileNumbers, compileStrings } from "./compile-scalar.ts";
import { type Draft, HYBRID, namedDraft } from "./draft.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "./json-value.ts";
import { invalidType, isSchema, type Keywords, readList, readString, type Source } from "./keyword.ts";
import { type Limits, SchemaError } from "./limits.ts";
import { formatReference, parseReference } from "./reference.ts";
import { SchemaPool } from "./schema-pool.ts";
import { emptySchema, type Schema } from "./schema.ts";

/** In OPA's order, which decides what is said of a schema with several faults. */
const KEYWORDS: readonly Keywords[] = [
  compileTypes,
  compileMembers,
  compileItems,
  compileNumbers,
  compileStrings,
  compileMemberLimits,
  compileItemLimits,
  compileConstants,
  compileAlternatives,
  compileConditions,
];

const TYPES = ["array", "boolean", "integer", "number", "null", "object", "string"];

/** Compiles a schema (gojsonschema/schema.go). Throws SchemaError where it is none. */
export function compileSchema(root: JsonValue, limits: Limits): Schema {
  return new Compiler(new SchemaPool(root, limits), limits).compile(root, namedDraft(root) ?? HYBRID);
}

class Compiler {
  readonly #pool: SchemaPool;
  readonly #limits: Limits;
  /** By absolute reference; one that is still being compiled is there, too, since schemas may hold themselves. */
  readonly #targets = new Map<string, Schema>();

  constructor(pool: SchemaPool, limits: Limits) {
    this.#pool = pool;
    this.#limits = limits;
  }

  compile(node: JsonValue, draft: Draft): Schema {
    const schema = emptySchema();
    this.#compileInto(schema, node, draft);
    return schema;
  }

  #compileInto(schema: Schema, node: JsonValue, draft: Draft): void {
    this.#limits.nest(() => {
      if (typeof node === "boolean" && draft >= 6) schema.pass = node;
      else if (isObject(node)) this.#compileObject(schema, node, draft);
      else throw new SchemaError("Expected: Valid Schema, given: Invalid JSON");
    });
  }

  #compileObject(schema: Schema, node: JsonObject, draft: Draft): void {
    const compile = (child: JsonValue): Schema => this.compile(child, draft);
    const source: Source = { node, draft, limits: this.#limits, compile };
    checkId(node, draft);
    compileDefinitions(source);
    readString(node, "title");
    readString(node, "description");
    const isNew = this.#compileReference(schema, node, draft);
    // OPA reads what stands beside a reference only if it has seen that reference before.
    if (!isNew) for (const keywords of KEYWORDS) keywords(source, schema);
  }

  /** Whether the schema has a reference that leads where none has led so far. */
  #compileReference(schema: Schema, node: JsonObject, draft: Draft): boolean {
    const text = this.#pool.referenceOf(node);
    if (text === undefined) return false;
    if (typeof text !== "string") throw invalidType("string", "$ref");
    const reference = parseReference(text);
    const name = formatReference(reference);
    const known = this.#targets.get(name);
    schema.target = known ?? emptySchema();
    if (known !== undefined) return false;
    this.#targets.set(name, schema.target);
    const found = this.#pool.find(reference);
    if (!isSchema(found.document)) throw new SchemaError("Valid Schema must be of type object");
    this.#compileInto(schema.target, found.document, found.draft ?? draft);
    return true;
  }
}

function checkId(node: JsonObject, draft: Draft): void {
  const isOld = draft === 4 || (draft === HYBRID && node.has("id"));
  const id = readString(node, isOld ? "id" : "$id");
  if (id !== undefined) parseReference(id);
}

/** They are compiled here only so that their faults are found. */
function compileDefinitions({ node, compile }: Source): void {
  const definitions = node.get("definitions");
  if (definitions === undefined) return;
  if (!isObject(definitions)) throw invalidType("Array Of Schemas", "definitions");
  for (const definition of definitions.values()) {
    if (!isSchema(definition)) throw invalidType("Array Of Schemas", "definitions");
    compile(definition);
  }
}

function compileTypes({ node }: Source, schema: Schema): void {
  const value = node.get("type");
  if (value === undefined) return;
  for (const type of isList(value) ? value : [value]) {
    if (typeof type !== "string") throw invalidType("type", "string/Array Of Strings");
    if (!TYPES.includes(type))
      throw new SchemaError(
        `has a primitive type that is NOT VALID -- given: /${type}/ Expected valid values are:[${TYPES.join(" ")}]`,
      );
    if (schema.types.includes(type)) throw new SchemaError(`${type} type is duplicated`);
    schema.types.push(type);
  }
}

function compileAlternatives({ node, compile }: Source, schema: Schema): void {
  for (const keyword of ["oneOf", "anyOf", "allOf"] as const)
    schema[keyword] = (readList(node, keyword) ?? []).map(compile);
  compileOne(node, "not", (child) => {
    schema.not = compile(child);
  });
}

function compileConditions({ node, draft, compile }: Source, schema: Schema): void {
  if (draft < 7) return;
  for (const keyword of ["if", "then", "else"] as const)
    compileOne(node, keyword, (child) => {
      schema[keyword] = compile(child);
    });
}

function compileOne(node: JsonObject, keyword: string, take: (child: JsonValue) => void): void {
  const child = node.get(keyword);
  if (child === undefined) return;
  if (!isSchema(child)) throw new SchemaError(`${keyword} must be of an object`);
  take(child);
}
