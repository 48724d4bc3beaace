import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { printable, printableJson } from "./printable.ts";

test("escape sequences, C1 controls, bidirectional overrides and line separators become visible", () => {
  expect(printable("a\u001b[2Kb\u009bc\u202ed\u2028e\u007f\r\n")).toBe(
    "a\\u001b[2Kb\\u009bc\\u202ed\\u2028e\\u007f\\u000d\\u000a",
  );
});

test("a tag character beyond the basic plane is escaped by its two units", () => {
  expect(printable("x\u{e0041}")).toBe("x\\udb40\\udc41");
});

test("what people write stays as it is", () => {
  expect(printable("Müller 日本 ✓ 🚀 a\\b")).toBe("Müller 日本 ✓ 🚀 a\\b");
});

test("no text, however hostile, keeps a character that a terminal acts on", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test("JSON keeps its value and loses every character that a terminal acts on", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = printableJson(JSON.stringify(value, null, 2));
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});
