import type { JsonObject } from "./json-value.ts";
import { type Located, memberOf, type Result, type Validate } from "./result.ts";
import type { Schema } from "./schema.ts";
import { matches } from "./validate-scalar.ts";

type Members = Located<JsonObject>;

/** All but `properties`, which comes last (validation.go, validateObject). */
export function validateObject(result: Result, schema: Schema, at: Members, validate: Validate): void {
  const { value, place } = at;
  if (schema.minProperties !== undefined && value.size < schema.minProperties)
    result.add("array_min_properties", place, `Must have at least ${schema.minProperties} properties`);
  if (schema.maxProperties !== undefined && value.size > schema.maxProperties)
    result.add("array_max_properties", place, `Must have at most ${schema.maxProperties} properties`);
  for (const name of schema.required) {
    if (value.has(name)) result.score += 1;
    else result.add("required", place, `${name} is required`);
  }
  for (const key of value.keys()) validateMember(result, schema, { at, key }, validate);
  if (schema.propertyNames !== undefined) validateNames(result, schema.propertyNames, at, validate);
  result.score += 1;
}

interface Member {
  readonly at: Members;
  readonly key: string;
}

function validateMember(result: Result, schema: Schema, { at, key }: Member, validate: Validate): void {
  const member = { value: at.value.get(key) ?? null, place: memberOf(at.place, key) };
  let isKnown = schema.properties.has(key);
  let isMatched = false;
  for (const [pattern, child] of schema.patternProperties) {
    if (!matches(pattern, key, result.limits)) continue;
    result.merge(validate(child, member));
    isMatched = true;
  }
  if (isMatched) result.score += 1;
  isKnown ||= isMatched;
  const { additionalProperties } = schema;
  if (isKnown || additionalProperties === undefined || additionalProperties === true) return;
  if (additionalProperties === false)
    result.add("additional_property_not_allowed", at.place, `Additional property ${key} is not allowed`);
  else result.merge(validate(additionalProperties, member));
}

function validateNames(result: Result, names: Schema, { value, place }: Members, validate: Validate): void {
  for (const key of value.keys()) {
    const found = validate(names, { value: key, place });
    if (found.isValid) continue;
    result.add("invalid_property_name", place, `Property name of "${key}" does not match`);
    result.merge(found);
  }
}

export function validateProperties(result: Result, schema: Schema, at: Members, validate: Validate): void {
  for (const [key, child] of schema.properties) {
    const value = at.value.get(key);
    if (value !== undefined) result.merge(validate(child, { value, place: memberOf(at.place, key) }));
  }
}
