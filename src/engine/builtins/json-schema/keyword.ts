import { RegoNumber } from "../../value.ts";
import type { Draft } from "./draft.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "./json-value.ts";
import { type Limits, SchemaError } from "./limits.ts";
import type { Schema } from "./schema.ts";

/** A schema that is being compiled. */
export interface Source {
  readonly node: JsonObject;
  readonly draft: Draft;
  readonly limits: Limits;
  /** Compiles a schema that this one holds. */
  readonly compile: (node: JsonValue) => Schema;
}

/** Takes keywords of `source` into `schema`. */
export type Keywords = (source: Source, schema: Schema) => void;

export function invalidType(expected: string, given: string): SchemaError {
  return new SchemaError(`Invalid type. Expected: ${expected}, given: ${given}`);
}

export function isSchema(value: JsonValue | undefined): value is boolean | JsonObject {
  return typeof value === "boolean" || isObject(value);
}

export function readString(node: JsonObject, key: string): string | undefined {
  const value = node.get(key);
  if (value === undefined || typeof value === "string") return value;
  throw invalidType("string", key);
}

export function readList(node: JsonObject, key: string): readonly JsonValue[] | undefined {
  const value = node.get(key);
  if (value === undefined || isList(value)) return value;
  throw new SchemaError(`${key} must be of an array`);
}

/** A count: an integer as it is written, so `1.0` is none. */
export function readCount(node: JsonObject, key: string): bigint | undefined {
  const value = node.get(key);
  if (value === undefined) return undefined;
  const text = value instanceof RegoNumber && /^-?\d{1,19}$/.test(value.text) ? value.text : undefined;
  if (text === undefined || BigInt.asIntN(64, BigInt(text)) !== BigInt(text))
    throw new SchemaError(`${key} must be of an integer`);
  if (BigInt(text) < 0n) throw new SchemaError(`${key} must be greater than or equal to 0`);
  return BigInt(text);
}

/** Two counts of which the first may not be greater. */
export function readCounts(
  node: JsonObject,
  least: string,
  most: string,
): readonly [bigint | undefined, bigint | undefined] {
  const counts = [readCount(node, least), readCount(node, most)] as const;
  if (counts[0] !== undefined && counts[1] !== undefined && counts[0] > counts[1])
    throw new SchemaError(`${least} cannot be greater than ${most}`);
  return counts;
}
