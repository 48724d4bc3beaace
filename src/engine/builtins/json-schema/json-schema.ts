import type { RegoValue } from "../../value.ts";
import { type Builtins, objectValue } from "../builtin.ts";
import { readOperand } from "./json-value.ts";
import { compiledSchema } from "./kept-schema.ts";
import { Limits, SchemaError } from "./limits.ts";
import { type Fault, fieldOf } from "./result.ts";
import type { Schema } from "./schema.ts";
import { validateDocument } from "./validate.ts";

/** v1/topdown/jsonschema.go, with OPA's own copy of gojsonschema. */
export const JSON_SCHEMA: Builtins = {
  "json.match_schema": ([document, schema]) => attempt(() => matchSchema(document, schema)),
  "json.verify_schema": ([schema]) => attempt(() => verifySchema(schema)),
};

function attempt(apply: () => RegoValue): RegoValue | undefined {
  try {
    return apply();
  } catch (thrown) {
    if (thrown instanceof SchemaError) return undefined;
    throw thrown;
  }
}

function matchSchema(document: RegoValue | undefined, schema: RegoValue | undefined): RegoValue {
  const limits = new Limits();
  const value = readOperand(document, limits);
  const { isValid, faults } = validateDocument(schemaOf(schema, limits), value, limits);
  return [isValid, faults.map((fault) => faultValue(fault, limits))];
}

function schemaOf(operand: RegoValue | undefined, limits: Limits): Schema {
  return compiledSchema(operand ?? null, readOperand(operand, limits), limits);
}

function faultValue({ type, place, describe }: Fault, limits: Limits): RegoValue {
  const field = fieldOf(place);
  const desc = describe(field);
  const error = `${field}: ${desc}`;
  limits.spendText(error);
  return objectValue([
    ["error", error],
    ["type", type],
    ["field", field],
    ["desc", desc],
  ]);
}

function verifySchema(schema: RegoValue | undefined): RegoValue {
  const limits = new Limits();
  try {
    schemaOf(schema, limits);
    return [true, null];
  } catch (thrown) {
    if (thrown instanceof SchemaError) return [false, `jsonschema: ${thrown.message}`];
    throw thrown;
  }
}
