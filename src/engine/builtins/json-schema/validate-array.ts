import { comparableText, type JsonValue } from "./json-value.ts";
import { type Located, memberOf, nearest, type Result, type Validate } from "./result.ts";
import type { Schema } from "./schema.ts";

type Items = Located<readonly JsonValue[]>;

export function validateArray(result: Result, schema: Schema, at: Items, validate: Validate): void {
  const { value, place } = at;
  validateItems(result, schema, at, validate);
  if (schema.minItems !== undefined && value.length < schema.minItems)
    result.add("array_min_items", place, `Array must have at least ${schema.minItems} items`);
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    result.add("array_max_items", place, `Array must have at most ${schema.maxItems} items`);
  if (schema.uniqueItems === true) validateUnique(result, at);
  if (schema.contains !== undefined) validateContains(result, schema.contains, at, validate);
  result.score += 1;
}

function validateItems(result: Result, schema: Schema, { value, place }: Items, validate: Validate): void {
  for (const [index, item] of value.entries()) {
    const child = schemaOfItem(schema, index);
    if (child === false) {
      result.add("array_no_additional_items", place, "No additional items allowed on array");
      return;
    }
    if (child !== undefined) result.merge(validate(child, { value: item, place: memberOf(place, index) }));
  }
}

/** False for an item that may not be there. */
function schemaOfItem({ items, additionalItems }: Schema, index: number): Schema | false | undefined {
  if (items === undefined || "types" in items) return items;
  const own = items[index];
  // Without schemas for the first items no item is additional.
  if (own !== undefined || items.length === 0) return own;
  return additionalItems === true ? undefined : additionalItems;
}

function validateUnique(result: Result, { value, place }: Items): void {
  const seen = new Map<string, number>();
  for (const [index, item] of value.entries()) {
    const text = comparableText(item, result.limits);
    const other = seen.get(text);
    if (other !== undefined) result.add("unique", place, `array items[${other},${index}] must be unique`);
    seen.set(text, index);
  }
}

function validateContains(
  result: Result,
  contains: Schema,
  { value, place }: Items,
  validate: Validate,
): void {
  const tried: Result[] = [];
  for (const [index, item] of value.entries()) {
    const found = validate(contains, { value: item, place: memberOf(place, index) });
    if (found.isValid) return;
    tried.push(found);
  }
  result.add("contains", place, "At least one of the items must match");
  const best = nearest(tried);
  if (best !== undefined) result.merge(best);
}
