import { describe, expect, test } from "@jest/globals";
import { valueToRego } from "../../format.ts";
import { parseValue } from "../../parse.ts";
import type { RegoValue } from "../../value.ts";
import { LimitReached } from "../limit-reached.ts";
import { JSON_SCHEMA } from "./json-schema.ts";

function call(name: string, ...args: readonly RegoValue[]): string {
  const builtin = JSON_SCHEMA[name];
  if (builtin === undefined) throw new Error(`There is no ${name}.`);
  try {
    const result = builtin(args, { now: 0n, seed: "" });
    return result === undefined ? "undefined" : valueToRego(result);
  } catch (thrown) {
    if (thrown instanceof LimitReached) return "limit";
    throw thrown;
  }
}

/** Both are JSON. */
const match = (document: string, schema: string): string =>
  call("json.match_schema", parseValue(document), parseValue(schema));
const verify = (schema: string): string => call("json.verify_schema", parseValue(schema));

const nest = (levels: number): string => `${'{"not": '.repeat(levels)}{}${"}".repeat(levels)}`;

/** The fields of all faults in their order. */
function fields(document: string, schema: string): readonly string[] {
  return [...match(document, schema).matchAll(/"field": "([^"]*)"/g)].map(([, field = ""]) => field);
}

describe("faults of several members come in the order of their keys", () => {
  test("of properties", () => {
    const schema = '{"properties": {"b": false, "c": {"type": "null"}, "a": {"minimum": 5}}}';
    expect(fields('{"c": 1, "a": 1, "b": 1}', schema)).toEqual(["a", "b", "c"]);
  });

  test("of patterns, dependencies and names", () => {
    expect(fields('{"b": 1, "a": 1}', '{"patternProperties": {"": {"type": "null"}}}')).toEqual(["a", "b"]);
    expect(match('{"b": 1, "a": 1}', '{"dependencies": {"b": ["x"], "a": ["y"]}}')).toMatch(/on y.*on x/);
    expect(match('{"b": 1, "a": 1}', '{"propertyNames": false}')).toMatch(/of \\"a\\".*of \\"b\\"/);
  });
});

describe("nothing is fetched:", () => {
  test.each([
    ["http://example.com/x#/a", "http://example.com/x"],
    ["//host/x", "Reference //host/x must be canonical"],
    ["https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2020-12/schema"],
    ["http://user@host/a/../b?q", "http://user@host/b?q"],
    ["http://é/ü", "http://%C3%A9/%C3%BC"],
    ["file:///etc/hostname", "file:///etc/hostname"],
  ])("%s", (reference, address) => {
    const fault = address.startsWith("Reference") ? address : `remote reference loading disabled: ${address}`;
    const schema = `{"properties": {"a": {"$ref": "${reference}"}}}`;
    expect(verify(schema)).toBe(`[false, "jsonschema: ${fault}"]`);
    expect(match("{}", schema)).toBe("undefined");
  });

  test("a reference is resolved by the schema's own address", () => {
    const schema = '{"$id": "http://example.com/a/b", "$ref": "../c"}';
    expect(verify(schema)).toBe(
      '[false, "jsonschema: remote reference loading disabled: http://example.com/c"]',
    );
  });

  test("the schemas of schemas are there", () => {
    const schema = '{"$ref": "http://json-schema.org/draft-07/schema#"}';
    expect(fields('{"items": {"type": "x"}, "minLength": -1}', schema)).toContain("minLength");
    expect(match('{"items": {"type": "null"}, "minLength": 1}', schema)).toBe("[true, []]");
  });
});

describe("operands that the compiler of OPA only knows at run time", () => {
  test("may be arrays", () => {
    expect(match("[1]", '{"items": {"type": "string"}}')).toMatch(/^\[false, .*"field": "0"/);
    expect(verify("[]")).toBe('[false, "jsonschema: schema is invalid"]');
  });

  test("are no sets, numbers, booleans or null", () => {
    for (const operand of ["set()", "1", "true", "null"]) {
      expect(verify(operand)).toBe('[false, "jsonschema: wrong type, expected string or object"]');
      expect(match(operand, "{}")).toBe("undefined");
      expect(match("{}", operand)).toBe("undefined");
    }
  });
});

describe("what OPA would compute without end, or end with, is refused:", () => {
  test("a schema that only leads to itself", () => {
    expect(verify('{"$ref": "#"}')).toBe("[true, null]");
    expect(match("{}", '{"$ref": "#"}')).toBe("limit");
    expect(match("{}", '{"allOf": [{"$ref": "#"}]}')).toBe("limit");
  });

  test("a schema that doubles its work at every step", () => {
    const steps = Array.from({ length: 40 }, (_, index) => {
      const next = `{"$ref": "#/definitions/s${index + 1}"}`;
      return `"s${index}": {"allOf": [${next}, ${next}]}`;
    });
    const schema = `{"$ref": "#/definitions/s0", "definitions": {${steps.join(", ")}, "s40": {}}}`;
    expect(verify(schema)).toBe("[true, null]");
    expect(match("{}", schema)).toBe("limit");
  });

  test("more than 500 levels", () => {
    expect(verify(nest(400))).toBe("[true, null]");
    expect(verify(nest(501))).toBe("limit");
    expect(match(nest(501), "{}")).toBe("limit");
    expect(call("json.verify_schema", nest(100_000))).toMatch(/limit|invalid JSON string/);
  });

  test("a long pattern in many long texts", () => {
    const text = JSON.stringify("a".repeat(20_000));
    const schema = '{"items": {"pattern": "(a{500}){2}x"}}';
    expect(match(`[${text}]`, schema)).toMatch(/Does not match pattern/);
    expect(match(`[${Array.from({ length: 50 }, () => text).join(", ")}]`, schema)).toBe("limit");
  });

  test("faults whose texts are millions of characters", () => {
    const values = Array.from({ length: 2_000 }, (_, index) => `"value ${index}"`).join(", ");
    const items = Array.from({ length: 2_000 }, () => "1").join(", ");
    expect(match(`[${items}]`, `{"items": {"enum": [${values}]}}`)).toBe("limit");
  });

  test("numbers with great exponents", () => {
    expect(match('{"a": 1e999999}', '{"properties": {"a": {"type": "integer", "minimum": 5}}}')).toBe(
      "[true, []]",
    );
    expect(match('{"a": 1e999999}', '{"properties": {"a": {"multipleOf": 5}}}')).toBe("limit");
    expect(match('{"a": 1e9999999}', '{"properties": {"a": {"minimum": 5}}}')).toBe("limit");
    expect(match('{"a": 1e400}', '{"properties": {"a": {"enum": [5]}}}')).toBe("undefined");
  });
});

test("names that every JavaScript object has are keys like any other", () => {
  const schema = '{"properties": {"__proto__": {"type": "null"}}, "required": ["constructor"]}';
  expect(match('{"__proto__": 1, "constructor": 2}', schema)).toMatch(/"field": "__proto__"/);
  expect(fields("{}", schema)).toEqual(["(Root)"]);
  expect(match('{"toString": 1}', '{"additionalProperties": false}')).toMatch(/property toString is/);
});
