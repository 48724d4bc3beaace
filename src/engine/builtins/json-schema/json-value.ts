import { compare } from "../../compare.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../../value.ts";
import { isArray } from "../builtin.ts";
import { marshalJson, unmarshalJson } from "../json-text.ts";
import { type Limits, SchemaError } from "./limits.ts";

/** JSON as schemas and documents are read: numbers as they are written, objects by key in OPA's order of keys. */
export type JsonValue = null | boolean | string | RegoNumber | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The value that an operand stands for: an object or an array itself, a string the JSON in it. */
export function readOperand(value: RegoValue | undefined, limits: Limits): JsonValue {
  if (typeof value === "string") {
    limits.spendText(value);
    const read = unmarshalJson(value);
    if (read === undefined) throw new SchemaError("invalid JSON string");
    return toJsonValue(read, limits);
  }
  if (value instanceof RegoObject || isArray(value)) return toJsonValue(value, limits);
  throw new SchemaError("wrong type, expected string or object");
}

/** What `JSON.parse` would give, in this form. */
export function readPlain(value: object, limits: Limits): JsonValue {
  return readOperand(JSON.stringify(value), limits);
}

/** Sets become arrays, and keys that are no strings their JSON text. */
function toJsonValue(value: RegoValue, limits: Limits): JsonValue {
  return limits.nest(() => {
    if (value instanceof RegoObject) return toJsonObject(value, limits);
    if (value instanceof RegoSet) return value.items.map((item) => toJsonValue(item, limits));
    return isArray(value) ? value.map((item) => toJsonValue(item, limits)) : value;
  });
}

function toJsonObject({ entries }: RegoObject, limits: Limits): JsonObject {
  const members = entries.map(
    ([key, member]) =>
      [typeof key === "string" ? key : marshalJson(key), toJsonValue(member, limits)] as const,
  );
  const isSorted = entries.every(([key]) => typeof key === "string");
  return new Map(isSorted ? members : members.toSorted(([a], [b]) => compare(a, b)));
}

/**
 * The text by which values are compared (gojsonschema/utils.go, marshalWithoutNumber): numbers are rounded to doubles,
 * so `1.0` is `1`.
 */
export function comparableText(value: JsonValue, limits: Limits): string {
  const text = writeValue(value);
  limits.spendText(text);
  return text;
}

function writeValue(value: JsonValue): string {
  if (value instanceof RegoNumber) return writeNumber(value.text);
  if (isList(value)) return `[${value.map(writeValue).join(",")}]`;
  if (!isObject(value)) return marshalJson(value);
  return `{${[...value].map(([key, member]) => `${marshalJson(key)}:${writeValue(member)}`).join(",")}}`;
}

function writeNumber(text: string): string {
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new SchemaError(`json: cannot unmarshal number ${text} into Go value of type float64`);
  return Object.is(value, -0) ? "-0" : String(value);
}
