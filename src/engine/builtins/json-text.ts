import { compare } from "../compare.ts";
import { parseValue } from "../parse.ts";
import { LimitReached } from "./limit-reached.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../value.ts";

/**
 * Go's `json.Marshal` of a value: sets become arrays, keys that are no strings their JSON text, and `<`, `>`, `&` are
 * escaped. Keys come in the order of their text.
 */
export function marshalJson(value: RegoValue): string {
  return formatJson(toJson(value), { newline: "", indent: "", colon: ":" });
}

/** Go's `json.MarshalIndent`. */
export function marshalJsonIndent(value: RegoValue, prefix: string, indent: string): string {
  return formatJson(toJson(value), { newline: `\n${prefix}`, indent, colon: ": " });
}

/** What JSON can write: scalars, arrays and objects with string keys. */
export function toJson(value: RegoValue): RegoValue {
  if (value instanceof RegoSet) return value.items.map(toJson);
  if (Array.isArray(value)) return value.map(toJson);
  if (!(value instanceof RegoObject)) return value;
  const entries = new Map(
    value.entries.map(([key, member]) => [typeof key === "string" ? key : marshalJson(key), toJson(member)]),
  );
  return new RegoObject([...entries].toSorted(([a], [b]) => compare(a, b)));
}

interface Layout {
  /** What begins a line; empty for all on one line. */
  readonly newline: string;
  readonly indent: string;
  readonly colon: string;
}

function formatJson(value: RegoValue, layout: Layout): string {
  if (typeof value === "string") return quoteJson(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (value instanceof RegoNumber) return value.text;
  const newline = layout.newline === "" ? "" : layout.newline + layout.indent;
  const inner = { ...layout, newline };
  const isObject = value instanceof RegoObject;
  const parts = isObject
    ? value.entries.map(
        ([key, member]) => `${formatJson(key, inner)}${layout.colon}${formatJson(member, inner)}`,
      )
    : membersOf(value).map((item) => formatJson(item, inner));
  const [open, close] = isObject ? ["{", "}"] : ["[", "]"];
  if (parts.length === 0) return open + close;
  return `${open}${newline}${parts.join(`,${newline}`)}${layout.newline}${close}`;
}

function membersOf(value: readonly RegoValue[] | RegoSet): readonly RegoValue[] {
  return value instanceof RegoSet ? value.items : value;
}

function quoteJson(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Half of a character, which Go reads as U+FFFD and WebAssembly cannot hold; whole ones and other escapes are kept. */
const ESCAPE =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|[^])/g;

/**
 * Reads JSON as it is written, with exact numbers; of equal keys the last wins. Undefined if the text is no JSON. Throws
 * LimitReached if it is too deep.
 */
export function unmarshalJson(text: string): RegoValue | undefined {
  if (!isJson(text)) return undefined;
  try {
    return parseValue(
      text.replaceAll(ESCAPE, (escape, half?: string) => (half === undefined ? escape : "\\ufffd")),
    );
  } catch (thrown) {
    // What is JSON can only be too deep; OPA reads 10,000 levels.
    if (thrown instanceof SyntaxError) throw new LimitReached("would read more than 1,000 levels");
    throw thrown;
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}
