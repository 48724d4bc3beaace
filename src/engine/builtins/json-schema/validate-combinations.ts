import { isObject } from "./json-value.ts";
import { type Located, nearest, Result, type Validate } from "./result.ts";
import type { Schema } from "./schema.ts";

/** What holds for values of every type, by way of other schemas (validation.go, validateSchema). */
export function validateCombinations(result: Result, schema: Schema, at: Located, validate: Validate): void {
  validateAnyOf(result, schema, at, validate);
  validateOneOf(result, schema, at, validate);
  validateAllOf(result, schema, at, validate);
  if (schema.not !== undefined && validate(schema.not, at).isValid)
    result.add("number_not", at.place, "Must not validate the schema (not)");
  validateDependencies(result, schema, at, validate);
  validateCondition(result, schema, at, validate);
  result.score += 1;
}

function validateAnyOf(result: Result, { anyOf }: Schema, at: Located, validate: Validate): void {
  if (anyOf.length === 0) return;
  const tried: Result[] = [];
  for (const schema of anyOf) {
    const found = validate(schema, at);
    if (found.isValid) return;
    tried.push(found);
  }
  result.add("number_any_of", at.place, "Must validate at least one schema (anyOf)");
  mergeNearest(result, tried);
}

function validateOneOf(result: Result, { oneOf }: Schema, at: Located, validate: Validate): void {
  if (oneOf.length === 0) return;
  const tried = oneOf.map((schema) => validate(schema, at));
  const count = tried.filter(({ isValid }) => isValid).length;
  if (count === 1) return;
  result.add("number_one_of", at.place, "Must validate one and only one schema (oneOf)");
  if (count === 0) mergeNearest(result, tried);
}

function mergeNearest(result: Result, tried: readonly Result[]): void {
  const best = nearest(tried);
  if (best !== undefined) result.merge(best);
}

function validateAllOf(result: Result, { allOf }: Schema, at: Located, validate: Validate): void {
  let isValid = true;
  for (const schema of allOf) {
    const found = validate(schema, at);
    isValid &&= found.isValid;
    result.merge(found);
  }
  if (!isValid) result.add("number_all_of", at.place, "Must validate all the schemas (allOf)");
}

function validateDependencies(
  result: Result,
  { dependencies }: Schema,
  at: Located,
  validate: Validate,
): void {
  const { value, place } = at;
  if (!isObject(value) || dependencies.size === 0) return;
  for (const key of value.keys()) {
    const dependency = dependencies.get(key) ?? [];
    if ("types" in dependency) result.merge(validate(dependency, at));
    else
      for (const name of dependency.filter((other) => !value.has(other)))
        result.add("missing_dependency", place, `Has a dependency on ${name}`);
  }
}

function validateCondition(result: Result, schema: Schema, at: Located, validate: Validate): void {
  if (schema.if === undefined) return;
  const holds = validate(schema.if, at).isValid;
  const branch = holds ? schema.then : schema.else;
  if (branch === undefined) return;
  const found = validate(branch, at);
  if (found.isValid) return;
  if (holds) result.add("condition_then", at.place, 'Must validate "then" as "if" was valid');
  else result.add("condition_else", at.place, 'Must validate "else" as "if" was not valid');
  result.merge(found);
}
