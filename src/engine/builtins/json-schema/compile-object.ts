import { compilePattern } from "../pattern.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "./json-value.ts";
import { invalidType, isSchema, readCounts, readList, type Source } from "./keyword.ts";
import { SchemaError } from "./limits.ts";
import type { Schema } from "./schema.ts";

/** The schemas of members, which come before those of items. */
export function compileMembers(source: Source, schema: Schema): void {
  compileProperties(source, schema);
  const { node } = source;
  const additional = node.get("additionalProperties");
  if (typeof additional === "boolean") schema.additionalProperties = additional;
  else if (isObject(additional)) schema.additionalProperties = source.compile(additional);
  else if (additional !== undefined) throw invalidType("boolean/Valid Schema", "additionalProperties");
  compilePatternProperties(source, schema);
  const names = node.get("propertyNames");
  if (names !== undefined && source.draft >= 6) {
    if (!isSchema(names)) throw invalidType("Valid Schema", "patternProperties");
    schema.propertyNames = source.compile(names);
  }
  compileDependencies(source, schema);
}

function compileProperties({ node, compile }: Source, schema: Schema): void {
  const properties = node.get("properties");
  if (properties === undefined) return;
  if (!isObject(properties)) throw new SchemaError("Properties must be of type object");
  for (const [name, member] of properties) schema.properties.set(name, compile(member));
}

function compilePatternProperties({ node, compile, limits }: Source, schema: Schema): void {
  const patterns = node.get("patternProperties");
  if (patterns === undefined) return;
  if (!isObject(patterns)) throw invalidType("Valid Schema", "patternProperties");
  for (const [text, member] of patterns) {
    const pattern = compilePattern(text);
    if (pattern === undefined) throw new SchemaError(`Invalid regex pattern '${text}'`);
    limits.spend(pattern.programSize());
    schema.patternProperties.push([pattern, compile(member)]);
  }
}

function compileDependencies({ node, compile }: Source, schema: Schema): void {
  const dependencies = node.get("dependencies");
  if (dependencies === undefined) return;
  if (!isObject(dependencies)) throw new SchemaError("dependencies must be of type object");
  for (const [name, member] of dependencies)
    schema.dependencies.set(name, isSchema(member) ? compile(member) : namesOf(member));
}

function namesOf(value: JsonValue): readonly string[] {
  const names = isList(value) ? value.filter((name) => typeof name === "string") : undefined;
  if (names === undefined || !isList(value) || names.length < value.length)
    throw new SchemaError("Dependency must be of type Schema Or Array Of Strings");
  return names;
}

/** How many members there may be, and which there must be. */
export function compileMemberLimits({ node }: Source, schema: Schema): void {
  const [least, most] = readCounts(node, "minProperties", "maxProperties");
  if (least !== undefined) schema.minProperties = least;
  if (most !== undefined) schema.maxProperties = most;
  for (const name of requiredOf(node)) {
    if (typeof name !== "string") throw invalidType("string", "required");
    if (schema.required.has(name)) throw new SchemaError("required items must be unique");
    schema.required.add(name);
  }
}

function requiredOf(node: JsonObject): readonly JsonValue[] {
  return readList(node, "required") ?? [];
}
