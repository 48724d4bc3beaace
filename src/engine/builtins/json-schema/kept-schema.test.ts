import { expect, test } from "@jest/globals";
import { parseValue } from "../../parse.ts";
import { readOperand } from "./json-value.ts";
import { compiledSchema } from "./kept-schema.ts";
import { Limits, SchemaError } from "./limits.ts";
import type { Schema } from "./schema.ts";

/** The compiled schema, and the steps that it took. */
function compiled(json: string): { readonly schema: Schema; readonly steps: number } {
  const limits = new Limits();
  const operand = parseValue(json);
  const before = limits.left;
  const schema = compiledSchema(operand, readOperand(operand, limits), limits);
  return { schema, steps: before - limits.left };
}

const withPattern = (index: number): string => `{"properties": {"a": {"pattern": "^[a-z]{1,9}-${index}$"}}}`;

test("a schema is compiled once, and takes as many steps from every call", () => {
  const first = compiled(withPattern(0));
  const again = compiled(withPattern(0));
  expect(again.schema).toBe(first.schema);
  expect(again.steps).toBe(first.steps);
  expect(first.steps).toBeGreaterThan(0);
});

test("schemas that differ in a number's text only are two", () => {
  expect(compiled('{"const": 1.0}').schema).not.toBe(compiled('{"const": 1}').schema);
});

test("only some are kept, and no long one", () => {
  const { schema } = compiled(withPattern(1));
  for (let index = 100; index < 116; index += 1) compiled(withPattern(index));
  expect(compiled(withPattern(1)).schema).not.toBe(schema);
  const long = `{"enum": ["${"x".repeat(40_000)}"]}`;
  expect(compiled(long).schema).not.toBe(compiled(long).schema);
});

test("what is no schema is none each time", () => {
  for (let time = 0; time < 2; time += 1)
    expect(() => compiled('{"type": "nothing"}')).toThrow(expect.any(SchemaError));
});
