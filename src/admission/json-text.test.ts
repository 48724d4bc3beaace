import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { memberSpans, NestingError, replaceLoneSurrogates, valueEnd, withoutMembers } from "./json-text.ts";

const DEPTH = 100;
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const jsonObject = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 }));

test("every member's span holds exactly its value, whatever the spacing", () => {
  fc.assert(
    fc.property(jsonObject, fc.constantFrom(0, 1, "\t", "\r\n "), (object, space) => {
      const text = JSON.stringify(object, undefined, space);
      const spans = memberSpans(text, 0, DEPTH);
      expect([...spans.keys()].toSorted()).toEqual(Object.keys(object).toSorted());
      for (const [key, span] of spans) {
        expect(JSON.parse(text.slice(span.valueStart, span.end))).toEqual(
          JSON.parse(JSON.stringify(object[key])),
        );
      }
    }),
  );
});

test("a text without some members is the object without them", () => {
  fc.assert(
    fc.property(jsonObject, fc.string({ unit: "binary" }), (object, key) => {
      const text = JSON.stringify({ [key]: 1, ...object });
      const left: unknown = JSON.parse(withoutMembers(text, memberSpans(text, 0, DEPTH), new Set([key])));
      const { [key]: _, ...expected } = object;
      expect(left).toEqual(JSON.parse(JSON.stringify(expected)));
    }),
  );
});

test("of two members with one key the last counts, as in JSON.parse, and an escaped key is the same key", () => {
  const text = '{"object":1,"\\u006fbject":{"a":12345678901234567890}}';
  const span = memberSpans(text, 0, DEPTH).get("object");
  expect(text.slice(span?.valueStart, span?.end)).toBe('{"a":12345678901234567890}');
});

test("nesting beyond the limit is refused, nesting at the limit is not", () => {
  expect(valueEnd(nested(DEPTH), 0, DEPTH)).toBe(2 * DEPTH);
  expect(() => valueEnd(nested(DEPTH + 1), 0, DEPTH)).toThrow(NestingError);
});

test.each([
  [String.raw`"\ud800"`, String.raw`"\ufffd"`],
  [String.raw`"\udc00x"`, String.raw`"\ufffdx"`],
  [String.raw`"\ud83d\ude00"`, String.raw`"\ud83d\ude00"`],
  [String.raw`"\\ud800"`, String.raw`"\\ud800"`],
  [String.raw`"\\\ud800"`, String.raw`"\\\ufffd"`],
  [String.raw`"\ud800\ud83d\ude00"`, String.raw`"\ufffd\ud83d\ude00"`],
  [String.raw`"\n\t\"\u00e9"`, String.raw`"\n\t\"\u00e9"`],
])("%s becomes %s", (text, expected) => {
  expect(replaceLoneSurrogates(text)).toBe(expected);
});

test("after the replacement no half of a surrogate pair is left", () => {
  const piece = fc.constantFrom("\\ud83d", "\\ude00", "\\\\", "u", "x", "\\n", "\\uD800");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const value: unknown = JSON.parse(replaceLoneSurrogates(`"${pieces.join("")}"`));
      expect(String(value).isWellFormed()).toBe(true);
    }),
  );
});
