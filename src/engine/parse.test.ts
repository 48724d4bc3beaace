import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sortDistinct } from "./compare.ts";
import { valueToRego } from "./format.ts";
import { parseValue } from "./parse.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "./value.ts";

const numbers = fc.oneof(
  fc.bigInt().map(String),
  fc
    .tuple(fc.integer(), fc.nat({ max: 99_999 }), fc.constantFrom("", "e7", "E-12", "e+400"))
    .map(([whole, part, exponent]) => `${whole}.${part}${exponent}`),
);

const { value: values } = fc.letrec<{ value: RegoValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<RegoValue>(null, true, false, "__proto__", ""),
    fc.string({ unit: "grapheme" }),
    numbers.map((text) => new RegoNumber(text)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => new RegoSet(sortDistinct(items, (item) => item))),
    fc
      .array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 })
      .map((entries) => new RegoObject(sortDistinct(entries, ([key]) => key))),
  ),
}));

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("parseValue", () => {
  test("reads back whatever valueToRego writes", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(parseValue(valueToRego(value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test("reads any JSON as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat({ max: 2 }), (json, indent) => {
        const plain: unknown = JSON.parse(json);
        const text = JSON.stringify(plain, null, indent);
        expect(JSON.parse(JSON.stringify(parseValue(text)))).toEqual(plain);
      }),
    );
  });

  test.each([
    ["set()", new RegoSet([])],
    ["{}", new RegoObject([])],
    ["{1}", new RegoSet([new RegoNumber("1")])],
    ['{"b", "a", "b"}', new RegoSet(["a", "b"])],
    ["{[null]: {true}}", new RegoObject([[[null], new RegoSet([true])]])],
    ['{"a": 1, "a": 2}', new RegoObject([["a", new RegoNumber("2")]])],
    [' [ "\\u00e9\\n\\"" , -0.50e+07 ] ', ['é\n"', new RegoNumber("-0.50e+07")]],
    ['"\ufeff"', "\ufeff"],
  ])("reads %s", (text, expected) => {
    expect(parseValue(text)).toEqual(expected);
  });

  test.each([
    "",
    "[",
    "[1,]",
    "{,}",
    '{"a":}',
    "{1:2,3}",
    "{1,2:3}",
    ".",
    "+",
    "nul",
    "set(",
    '"a',
    '"\n"',
    '"\\x"',
    "[1] 2",
    "undefined",
  ])("refuses %j", (text) => {
    expect(() => parseValue(text)).toThrow(SyntaxError);
  });

  test.each([
    [".5", "0.5"],
    ["-.5e3", "-0.5e3"],
    ["007", "7"],
    ["-0.", "-0"],
    ["1.", "1"],
    ["1.e2", "1e2"],
    ["+01.50", "1.50"],
    ["00", "0"],
  ])("reads the number %s, which to_number keeps as it is, as %s", (text, json) => {
    expect(JSON.stringify(parseValue(`[${text}]`))).toBe(`[${json}]`);
  });

  test("reads 1,000 levels and refuses more", () => {
    expect(valueToRego(parseValue(nested(1_000)))).toBe(nested(1_000));
    expect(() => parseValue(nested(1_002))).toThrow("nested deeper than 1000");
  });

  test("keeps __proto__ as a key like any other", () => {
    const value = parseValue('{"__proto__": {"polluted": 1}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":1}}');
    expect(Object.getPrototypeOf({})).toHaveProperty("hasOwnProperty");
    expect("polluted" in {}).toBe(false);
  });
});
