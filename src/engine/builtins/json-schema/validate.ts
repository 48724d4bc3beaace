import { RegoNumber } from "../../value.ts";
import { isInteger } from "./exact-number.ts";
import { isList, isObject, type JsonValue } from "./json-value.ts";
import type { Limits } from "./limits.ts";
import { type Located, Result, ROOT, type Validate } from "./result.ts";
import type { Schema } from "./schema.ts";
import { validateArray } from "./validate-array.ts";
import { validateCombinations } from "./validate-combinations.ts";
import { validateObject, validateProperties } from "./validate-object.ts";
import { validateCommon, validateNumber, validateString } from "./validate-scalar.ts";

/** What is wrong with a document (gojsonschema/validation.go), in OPA's order; members in the order of their keys. */
export function validateDocument(schema: Schema, document: JsonValue, limits: Limits): Result {
  const validate: Validate = (child, at) => limits.nest(() => validateOne(child, at, validate, limits));
  return validate(schema, { value: document, place: ROOT });
}

function validateOne(schema: Schema, at: Located, validate: Validate, limits: Limits): Result {
  if (schema.target !== undefined) return validate(schema.target, at);
  const result = new Result(limits);
  if (schema.pass === false) result.add("false", at.place, "False always fails validation");
  if (schema.pass !== undefined) return result;
  const given = typeOf(at.value);
  if (!isOfType(schema.types, given)) {
    const expected = schema.types.length === 1 ? schema.types[0] : `[${schema.types.join(",")}]`;
    result.add("invalid_type", at.place, `Invalid type. Expected: ${expected}, given: ${given}`);
    return result;
  }
  validateCombinations(result, schema, at, validate);
  validateValue(result, schema, at, validate);
  result.score += 1;
  return result;
}

function validateValue(result: Result, schema: Schema, at: Located, validate: Validate): void {
  const { value, place } = at;
  if (isList(value)) validateArray(result, schema, { value, place }, validate);
  else if (isObject(value)) validateObject(result, schema, { value, place }, validate);
  else if (value instanceof RegoNumber) validateNumber(result, schema, { value, place });
  validateCommon(result, schema, at);
  if (typeof value === "string") validateString(result, schema, { value, place });
  if (isObject(value)) validateProperties(result, schema, { value, place }, validate);
}

function typeOf(value: JsonValue): string {
  if (value === null) return "null";
  if (isList(value)) return "array";
  if (isObject(value)) return "object";
  if (value instanceof RegoNumber) return isInteger(value) ? "integer" : "number";
  return typeof value;
}

function isOfType(types: readonly string[], given: string): boolean {
  if (types.length === 0 || types.includes(given)) return true;
  return given === "integer" && types.includes("number");
}
