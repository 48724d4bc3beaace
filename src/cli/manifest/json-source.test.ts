import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readJson } from "./json-source.ts";
import { jsonText } from "./json-text.ts";
import { SourceError } from "./source-error.ts";

/** The text of the first value, or the offset at which it is wrong. */
function read(text: string): string | number {
  try {
    return jsonText(readJson(text, 0).value);
  } catch (error) {
    if (error instanceof SourceError) return error.offset;
    throw error;
  }
}

describe("the JSON reader", () => {
  test("reads what JSON.parse reads, with or without spaces", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value);
        expect(read(JSON.stringify(value, undefined, indent))).toBe(text);
      }),
    );
  });

  test("refuses what JSON.parse refuses", () => {
    const pieces = fc.constantFrom(
      ...'[ ] { } , : " \\ \\u00e9 \\ud800 \\x 0 1 - . e1 01 true nul \u0001'.split(" "),
      " ",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const parsed = attempt(() => JSON.stringify(JSON.parse(text)));
        const whole = attempt(() => readJson(text, 0).end);
        expect(whole !== undefined && text.slice(whole).trim() === "").toBe(parsed !== undefined);
      }),
      { numRuns: 5_000 },
    );
  });

  test("tells where the next value begins", () => {
    expect(readJson(' {"a":1} [2]', 0).end).toBe(8);
    expect(jsonText(readJson(' {"a":1} [2]', 8).value)).toBe("[2]");
  });

  test.each([
    ["no value", "", 0],
    ["no colon", '{"a" 1}', 5],
    ["no comma", "[1 2]", 3],
    ["no key", '{"a":1,}', 7],
    ["a single quote", "['a']", 1],
    ["a line break in a string", '["a\nb"]', 1],
    ["a wrong escape", String.raw`["\x"]`, 1],
    ["a leading zero", "[01]", 2],
  ])("says where the fault is: %s", (_name, text, offset) => {
    expect(read(text)).toBe(offset);
  });
});

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof SourceError) return undefined;
    throw error;
  }
}
