import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { plainText } from "./plain-text.ts";

test.each([
  ["a\nb", "a b"],
  ["\u001b[31mred\u001b[0m", "[31mred [0m"],
  [" a\u2028\u0085b ", "a b"],
  ["é 😀 \ud800", "é 😀 \ufffd"],
])("%j becomes %j", (text, expected) => {
  expect(plainText(text)).toBe(expected);
});

test("no text keeps a control character or half a surrogate pair, and plain text stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const plain = plainText(text);
      expect(plain).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(plain.isWellFormed()).toBe(true);
      expect(plainText(plain)).toBe(plain);
    }),
  );
});
