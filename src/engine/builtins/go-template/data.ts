import { compare } from "../../compare.ts";
import { RegoNumber, RegoObject, type RegoValue } from "../../value.ts";
import { isArray } from "../builtin.ts";
import { type Argument } from "../go-fmt/argument.ts";
import { goSprintf } from "../go-fmt/printf.ts";
import { quote } from "../go-fmt/quote.ts";
import { TemplateError } from "./template-error.ts";

/**
 * What a template works on. Undefined is what Go calls no value, e.g. of a key that is missing; null is nil, e.g. an item
 * of a list. A bigint is an integer and a number a float, both written in the template; numbers of the data are text.
 */
export type Datum =
  | undefined
  | null
  | boolean
  | string
  | bigint
  | number
  | JsonNumber
  | readonly Datum[]
  | DatumMap;

/** By key, in the order of the keys. */
export type DatumMap = ReadonlyMap<string, Datum>;

/** Go's `json.Number`: to templates a text, but of another type than texts. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Escapes that Rego's text has and JSON has not: OPA hands data over as the one and reads it as the other. */
const NOT_JSON = /\\[avxU]/;

/** Throws TemplateError for what OPA cannot hand over: sets, keys that are no strings, control characters. */
export function toDatum(value: RegoValue): Datum {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return toText(value);
  if (value instanceof RegoNumber) return new JsonNumber(value.text);
  if (isArray(value)) return value.map(toDatum);
  if (!(value instanceof RegoObject)) throw new TemplateError("a set");
  return new Map(value.entries.map(([key, member]) => [toKey(key), toDatum(member)]));
}

function toKey(key: RegoValue): string {
  if (typeof key !== "string") throw new TemplateError("a key that is no string");
  return toText(key);
}

function toText(text: string): string {
  if (NOT_JSON.test(quote(text).replaceAll("\\\\", "")))
    throw new TemplateError("a character that JSON escapes otherwise");
  return text;
}

export function isList(value: Datum): value is readonly Datum[] {
  return Array.isArray(value);
}

export function isMap(value: Datum): value is DatumMap {
  return value instanceof Map;
}

/** Go's `template.IsTrue`. */
export function isTrue(value: Datum): boolean {
  if (value === undefined || value === null) return false;
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return value instanceof JsonNumber ? true : Boolean(value);
}

/** Go's `fmt.Sprint` of one value. */
export function format(value: Datum): string {
  if (value === undefined || value === null) return "<nil>";
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === "number") return goSprintf("%v", [{ type: "float64", value }]);
  if (isList(value)) return `[${value.map(format).join(" ")}]`;
  if (!isMap(value)) return String(value);
  const entries = [...value].toSorted(([a], [b]) => compare(a, b));
  return `map[${entries.map(([key, member]) => `${key}:${format(member)}`).join(" ")}]`;
}

/** What Go's `fmt` formats by itself; undefined for what is left to `format`. */
export function toArgument(value: Datum): Argument | undefined {
  if (typeof value === "string") return { type: "string", value };
  if (typeof value === "bigint") return { type: "int", value };
  if (typeof value === "number") return { type: "float64", value };
  return value instanceof JsonNumber ? { type: "json.Number", value: value.text } : undefined;
}
