import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "./value.ts";

/** Writes a value so that `opa_value_parse` and `parseValue` read it back. */
export function valueToRego(value: RegoValue): string {
  return formatValue(value, JSON.stringify);
}

/** Writes a value in Rego's syntax; `quote` writes strings. Sets and objects are written in the order they have. */
export function formatValue(value: RegoValue, quote: (text: string) => string): string {
  if (typeof value === "string") return quote(value);
  if (value instanceof RegoNumber) return value.text;
  if (value === null || typeof value === "boolean") return String(value);
  const each = (item: RegoValue): string => formatValue(item, quote);
  if (value instanceof RegoObject) {
    return `{${value.entries.map(([key, member]) => `${each(key)}: ${each(member)}`).join(", ")}}`;
  }
  if (value instanceof RegoSet)
    return value.items.length === 0 ? "set()" : `{${value.items.map(each).join(", ")}}`;
  return `[${value.map(each).join(", ")}]`;
}
