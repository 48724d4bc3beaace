import { compareNumbers } from "../../decimal.ts";
import { RegoNumber } from "../../value.ts";
import { compilePattern } from "../pattern.ts";
import { HYBRID } from "./draft.ts";
import { exactNumber } from "./exact-number.ts";
import { comparableText } from "./json-value.ts";
import { invalidType, readCounts, readList, readString, type Source } from "./keyword.ts";
import { SchemaError } from "./limits.ts";
import type { Schema } from "./schema.ts";

export function compileNumbers(source: Source, schema: Schema): void {
  const value = source.node.get("multipleOf");
  if (value !== undefined) {
    const multipleOf = exactNumber(value);
    if (multipleOf === undefined) throw invalidType("Number", "multipleOf");
    if (compareNumbers(multipleOf.text, "0") <= 0)
      throw new SchemaError("multipleOf must be strictly greater than 0");
    schema.multipleOf = multipleOf;
  }
  compileBound(source, schema, { bound: "minimum", exclusive: "exclusiveMinimum" });
  compileBound(source, schema, { bound: "maximum", exclusive: "exclusiveMaximum" });
}

type BoundKeys =
  | { readonly bound: "minimum"; readonly exclusive: "exclusiveMinimum" }
  | { readonly bound: "maximum"; readonly exclusive: "exclusiveMaximum" };

/** In draft 4 the exclusive keyword is a boolean and changes the other, later it is a number, in a hybrid either. */
function compileBound(source: Source, schema: Schema, keys: BoundKeys): void {
  const { node, draft } = source;
  const { bound, exclusive } = keys;
  const given = node.get(bound);
  if (given !== undefined) {
    const limit = exactNumber(given);
    if (limit === undefined) throw new SchemaError(`${bound} must be of a Number`);
    schema[bound] = limit;
  }
  const value = node.get(exclusive);
  if (value === undefined) return;
  if (typeof value === "boolean" && (draft === 4 || draft === HYBRID)) makeExclusive(schema, keys, value);
  else if (value instanceof RegoNumber && draft !== 4) schema[exclusive] = exactNumber(value);
  else throw invalidType(exclusiveType(draft), exclusive);
}

function makeExclusive(schema: Schema, { bound, exclusive }: BoundKeys, isExclusive: boolean): void {
  if (schema[bound] === undefined) throw new SchemaError(`${exclusive} cannot be used without ${bound}`);
  if (!isExclusive) return;
  schema[exclusive] = schema[bound];
  schema[bound] = undefined;
}

function exclusiveType(draft: Source["draft"]): string {
  if (draft === HYBRID) return "boolean/number";
  return draft === 4 ? "boolean" : "number";
}

export function compileStrings({ node, limits }: Source, schema: Schema): void {
  const [least, most] = readCounts(node, "minLength", "maxLength");
  if (least !== undefined) schema.minLength = least;
  if (most !== undefined) schema.maxLength = most;
  const text = readString(node, "pattern");
  if (text !== undefined) {
    const pattern = compilePattern(text);
    if (pattern === undefined) throw new SchemaError("pattern must be a valid regex");
    limits.spend(pattern.programSize());
    schema.pattern = pattern;
  }
  const format = readString(node, "format");
  if (format !== undefined) schema.format = format;
}

export function compileConstants({ node, draft, limits }: Source, schema: Schema): void {
  const constant = node.get("const");
  if (constant !== undefined && draft >= 6) schema.const = comparableText(constant, limits);
  const values = readList(node, "enum");
  if (values === undefined) return;
  const texts = new Set<string>();
  for (const value of values) {
    const text = comparableText(value, limits);
    if (texts.has(text)) throw new SchemaError("enum items must be unique");
    texts.add(text);
  }
  schema.enum = texts;
}
