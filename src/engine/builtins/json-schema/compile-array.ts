import { isList, isObject } from "./json-value.ts";
import { invalidType, isSchema, readCount, type Source } from "./keyword.ts";
import { SchemaError } from "./limits.ts";
import type { Schema } from "./schema.ts";

export function compileItems({ node, compile }: Source, schema: Schema): void {
  const items = node.get("items");
  if (isList(items)) {
    schema.items = items.map((item) => {
      if (!isSchema(item)) throw invalidType("Valid Schema/Array Of Schemas", "items");
      return compile(item);
    });
  } else if (isSchema(items)) schema.items = compile(items);
  else if (items !== undefined) throw invalidType("Valid Schema/Array Of Schemas", "items");
  const additional = node.get("additionalItems");
  if (typeof additional === "boolean") schema.additionalItems = additional;
  else if (isObject(additional)) schema.additionalItems = compile(additional);
  else if (additional !== undefined) throw invalidType("boolean/Valid Schema", "additionalItems");
}

export function compileItemLimits({ node, draft, compile }: Source, schema: Schema): void {
  const least = readCount(node, "minItems");
  if (least !== undefined) schema.minItems = least;
  const most = readCount(node, "maxItems");
  if (most !== undefined) schema.maxItems = most;
  const unique = node.get("uniqueItems");
  if (typeof unique === "boolean") schema.uniqueItems = unique;
  else if (unique !== undefined) throw new SchemaError("uniqueItems must be of a boolean");
  const contains = node.get("contains");
  if (contains !== undefined && draft >= 6) schema.contains = compile(contains);
}
