import { describe, expect, test } from "@jest/globals";
import type { EvaluationCall } from "../../engine.ts";
import { valueToRego } from "../../format.ts";
import { parseValue } from "../../parse.ts";
import type { RegoValue } from "../../value.ts";
import { LimitReached } from "../limit-reached.ts";
import { GRAPHQL } from "./graphql.ts";

// What the builtins give is compared with OPA itself in `testdata/graphql.tsv`.

const CALL: EvaluationCall = { now: 0n, seed: "" };
const SCHEMA = "type Query { a: Query b: Int c(x: Int, i: I): Int } input I { a: Int i: I }";

function call(name: string, ...args: readonly RegoValue[]): RegoValue | undefined {
  return GRAPHQL[`graphql.${name}`]?.(args, CALL);
}

function times(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join(" ");
}

/** A fragment on Query for each number up to `count`, and the last one. */
function fragments(count: number, write: (next: string) => string): string {
  const chain = times(count, (index) => `fragment F${index} on Query { ${write(`...F${index + 1}`)} }`);
  return `${chain} fragment F${count} on Query { b }`;
}

function doubled(levels: number): string {
  return levels === 0 ? "{ b }" : `{ a ${doubled(levels - 1)} a ${doubled(levels - 1)} }`;
}

describe("what would take too long, or too much of the stack, is refused", () => {
  test.each([
    ["selections in selections", "{a".repeat(100_000)],
    ["lists in lists", `{a(x:${"[".repeat(100_000)}`],
    ["objects in objects", `{a(x:${"{a:".repeat(100_000)}`],
    ["a million fields", `{${"a ".repeat(1_000_000)}}`],
    ["a million comments", `${"#\n".repeat(1_000_000)}{a}`],
  ])("%s", (_, query) => {
    expect(() => call("parse_query", query)).toThrow(LimitReached);
  });

  test.each([
    ["lists of lists", `type A { a: ${"[".repeat(100_000)}`],
    [
      "input objects that need others",
      `${times(1_000, (index) => `input I${index} { a: I${index + 1}! }`)}
      input I1000 { a: Int }`,
    ],
  ])("%s in a schema", (_, schema) => {
    expect(() => call("schema_is_valid", schema)).toThrow(LimitReached);
  });

  test.each([
    ["a field a hundred thousand times", `{${"b ".repeat(100_000)}}`],
    ["twice the same at each of fourteen levels", doubled(14)],
    ["fragments that spread the next", `{...F0} ${fragments(1_000, (next) => next)}`],
    ["fragments with fields that spread the next", `{...F0} ${fragments(1_000, (next) => `a {${next}}`)}`],
  ])("%s", (_, query) => {
    expect(() => call("is_valid", query, SCHEMA)).toThrow(LimitReached);
  });
});

describe("what is great, but not too great, is looked at", () => {
  test.each([
    ["249 levels of lists", `{c(x: ${"[".repeat(240)}${"]".repeat(240)})}`],
    ["249 levels of selections", `${"{a".repeat(248)}{b}${"}".repeat(248)}`],
    ["a string of seven million characters", `{c(x: "${"x".repeat(7_000_000)}")}`],
    ["a million escapes", `{c(x: "${"\\n".repeat(1_000_000)}")}`],
    ["a block string of two hundred thousand lines", `{c(x: """${"  x\r\n".repeat(200_000)}""")}`],
  ])("%s", (_, query) => {
    expect(valueToRego(call("parse_query", query) ?? null)).toContain('"Operations"');
  });

  test.each([
    ["fifty thousand fields", `{${times(50_000, (index) => `b${index}: b`)}}`],
    [
      "sixty fragments that spread the next three times",
      `{...F0} ${fragments(60, (next) => `${next} a {${next}} ${next}`)}`,
    ],
    ["two hundred fragments in one another", `{...F0} ${fragments(200, (next) => `a {${next}}`)}`],
    ["two hundred input objects in one another", `{c(i: ${"{i: ".repeat(200)}null${"}".repeat(200)})}`],
  ])("%s", (_, query) => {
    expect(call("is_valid", query, SCHEMA)).toBe(true);
  });

  test("a type that is extended twenty thousand times", () => {
    const extensions = times(20_000, (index) => `extend type Query { x${index}: Int }`);
    expect(call("schema_is_valid", SCHEMA + extensions)).toBe(true);
  });
});

test("fragments that spread one another are invalid, where OPA may end itself", () => {
  const cycle = "fragment A on Query { a {...B} ...B } fragment B on Query { a {...A} ...A }";
  expect(call("is_valid", `{...A ...B} ${cycle}`, SCHEMA)).toBe(false);
});

test.each([
  ["no type of a field", '{"Definitions": [{"Kind": "OBJECT", "Name": "Query", "Fields": [{"Name": "a"}]}]}'],
  ["null for a definition", '{"Definitions": [null]}'],
  ["null for a directive", '{"Schema": [{"Directives": [null]}]}'],
])("a syntax tree with %s is invalid, where OPA panics", (_, tree) => {
  expect(call("schema_is_valid", parseValue(tree))).toBe(false);
});

test.each([
  ["no value of an argument", '{"Name": "c", "Arguments": [{"Name": "x"}]}'],
  ["an unknown kind of value", '{"Name": "c", "Arguments": [{"Name": "x", "Value": {"Kind": 12}}]}'],
  ["a directive in the wrong place", '{"Name": "b", "Directives": [{"Name": "deprecated"}]}'],
])("a syntax tree with %s is invalid, where OPA panics", (_, field) => {
  const tree = parseValue(`{"Operations": [{"SelectionSet": [${field}]}]}`);
  expect(call("is_valid", tree, SCHEMA)).toBe(false);
});

test("operands that are neither text nor objects are invalid, or no operands at all", () => {
  expect(call("is_valid", null, SCHEMA)).toBe(false);
  expect(call("schema_is_valid", [SCHEMA])).toBe(false);
  expect(call("parse", "{ b }", true)).toBeUndefined();
  expect(call("parse_query", parseValue("{}"))).toBeUndefined();
  expect(valueToRego(call("parse_and_verify", null, SCHEMA) ?? null)).toBe("[false, {}, {}]");
});

test("a schema does not change what every schema has for the next", () => {
  const query = "{ __schema { description } }";
  expect(call("is_valid", query, `${SCHEMA} extend type __Schema { more: Int }`)).toBe(true);
  expect(call("is_valid", "{ __schema { more } }", SCHEMA)).toBe(false);
});

test("a schema that was asked for before gives the same again, and another its own", () => {
  const schemas = Array.from({ length: 15 }, (_, index) => `type Query { a${index}: Int }`);
  for (const _ of [1, 2, 3])
    for (const [index, schema] of schemas.entries()) {
      expect(call("is_valid", `{ a${index} }`, schema)).toBe(true);
      expect(call("is_valid", "{ a15 }", schema)).toBe(false);
      expect(valueToRego(call("parse", `{ a${index} }`, schema) ?? null)).toContain(
        `"Name": "a${index}", "Type"`,
      );
    }
  expect(call("schema_is_valid", "type Query")).toBe(false);
  expect(call("schema_is_valid", "type Query")).toBe(false);
});

test("a union of what is no type is invalid, where OPA panics", () => {
  const schema = "union U = Nope type A implements I { f: Int! } interface I { f: U! }";
  expect(call("schema_is_valid", schema)).toBe(false);
});
