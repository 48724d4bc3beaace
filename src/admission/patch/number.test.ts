import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compare } from "../../engine/compare.ts";
import { RegoNumber } from "../../engine/value.ts";
import { plainNumber } from "./number.ts";

test.each([
  ["2", "2"],
  ["-0", "-0"],
  ["12345678901234567890", "12345678901234567890"],
  ["2.0", "2"],
  ["-2.00", "-2"],
  ["3e1", "30"],
  ["1.5e3", "1500"],
  ["1.50e1", "15"],
  ["0.0", "0"],
  ["-0.0", "0"],
  ["0e5", "0"],
  ["3221225472.00", "3221225472"],
  ["12345678901234567890.0", "12345678901234567890"],
  ["1.25", "1.25"],
  ["3.33333333333333333", "3.3333333333333335"],
  ["15e-1", "15e-1"],
  ["1.10", "1.10"],
  ["1e999", "1e999"],
])("%s is written %s", (given, written) => {
  expect(plainNumber(new RegoNumber(given)).text).toBe(written);
});

test("whole numbers keep their value, digit by digit", () => {
  const part = fc.stringMatching(/^[0-9]{1,25}$/);
  fc.assert(
    fc.property(
      fc.constantFrom("", "-"),
      part,
      fc.stringMatching(/^0{1,5}$/),
      fc.nat(20),
      (sign, whole, zeros, power) => {
        const plain = whole.replace(/^0+(?=\d)/, "");
        const number = new RegoNumber(`${sign}${plain}.${zeros}e${power}`);
        const written = plainNumber(number);
        expect(written.text).toMatch(/^-?\d+$/);
        expect(compare(written, number) === 0).toBe(true);
      },
    ),
  );
});
