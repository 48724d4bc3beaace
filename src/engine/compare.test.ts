import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compare } from "./compare.ts";
import { compareNumbers } from "./decimal.ts";
import { valueToRego } from "./format.ts";
import { parseValue } from "./parse.ts";

/** In OPA's order; `testdata/sprintf.tsv` has the same as OPA prints it. */
const ORDERED = [
  "null",
  "false",
  "true",
  "-12345678901234567891",
  "-12345678901234567890",
  "-1e-400",
  "0",
  "1e-400",
  "0.1",
  "9007199254740992",
  "9007199254740993",
  "9007199254740993.5",
  "12345678901234567890",
  "1e400",
  '""',
  '"A"',
  '"Z"',
  '"a"',
  '"é"',
  '"\uffff"',
  '"😀"',
  "[]",
  "[1]",
  "[1, 0]",
  "[2]",
  "{}",
  '{"a": 1}',
  '{"a": 1, "b": 1}',
  '{"a": 2}',
  "set()",
  "{1}",
  "{1, 2}",
  "{2}",
];

describe("compare", () => {
  test("orders values as OPA does", () => {
    const values = ORDERED.map(parseValue);
    const sorted = values.toReversed().sort(compare).map(valueToRego);
    expect(sorted).toEqual(ORDERED);
  });

  test("sees no difference between two spellings of one number", () => {
    for (const [a, b] of [
      ["1", "1.0"],
      ["100", "1e2"],
      ["-0", "0.00"],
      ["0.5", "5E-1"],
      ["12e-1", "1.20"],
    ] as const) {
      expect(compareNumbers(a, b)).toBe(0);
    }
  });

  test("orders integers and decimals by their exact values", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), fc.nat({ max: 30 }), (a, b, scale) => {
        const expected = a === b ? 0 : a < b ? -1 : 1;
        expect(Math.sign(compareNumbers(String(a), String(b)))).toBe(expected);
        expect(Math.sign(compareNumbers(`${a}e-${scale}`, `${b}${"0".repeat(scale)}e-${scale * 2}`))).toBe(
          expected,
        );
      }),
      { examples: [[-64n, -64n, 1]] },
    );
  });
});
