import { RegoObject, type RegoValue } from "../value.ts";
import { type Builtins, itemsOf, objectValue, ofStrings } from "./builtin.ts";
import { escapeQuery, unescapeQuery } from "./url-escape.ts";

/** As in Go since 1.26. */
const MAX_PARAMETERS = 10_000;

/** v1/topdown/encoding.go: queries of URLs. */
export const URLQUERY: Builtins = {
  "urlquery.encode": ofStrings(escapeQuery),
  "urlquery.decode": ofStrings(unescapeQuery),
  "urlquery.encode_object": ([object]) => (object instanceof RegoObject ? encodeObject(object) : undefined),
  "urlquery.decode_object": ofStrings(decodeObject),
};

/** A value is a string, or an array or a set of strings, of which each becomes a parameter. */
function encodeObject({ entries }: RegoObject): RegoValue | undefined {
  const parameters = entries.map(([key, value]) => {
    const values = typeof value === "string" ? [value] : itemsOf(value);
    if (typeof key !== "string" || values?.every((item) => typeof item === "string") !== true)
      return undefined;
    return values.map((item) => `${escapeQuery(key)}=${escapeQuery(item)}`);
  });
  return parameters.every((parts) => parts !== undefined) ? parameters.flat().join("&") : undefined;
}

function decodeObject(query: string): RegoValue | undefined {
  const parts = query.split("&");
  if (parts.length > MAX_PARAMETERS || query.includes(";")) return undefined;
  const values = new Map<string, string[]>();
  for (const part of parts.filter((text) => text !== "")) {
    const [, name = "", text = ""] = /^([^=]*)=?([^]*)$/.exec(part) ?? [];
    const key = unescapeQuery(name);
    const value = unescapeQuery(text);
    if (key === undefined || value === undefined) return undefined;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return objectValue([...values]);
}
