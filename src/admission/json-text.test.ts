import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  memberSpans,
  NestingError,
  objectSpan,
  replaceLoneSurrogates,
  skipSpace,
  valueEnd,
  withoutMembers,
} from "./json-text.ts";

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

/** False, too, if a SyntaxError is thrown. */
function holds(read: () => boolean): boolean {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** What `JSON.parse` says of a text, and what `valueEnd` says of it. */
function verdicts(text: string): { readonly parsed: boolean; readonly scanned: boolean } {
  return {
    parsed: holds(() => JSON.parse(text) !== undefined),
    scanned: holds(() => skipSpace(text, valueEnd(text, skipSpace(text, 0), 1_000)) === text.length),
  };
}

// Whatever stands for something in JSON, and what nearly does.
const piece = fc.constantFrom(
  ...'{}[]",:0159-+.eE \t\n\r\\/bu\u0000\u001f\u00a0\ufeff\u2028é'.split(""),
  ...'true|false|null|nul|Infinity|\\u00e9|\\u00g9|\\x|"a"|"":|1.5|01|1.|-|1e|[]|{}'.split("|"),
);

describe("a value is as strictly read as by JSON.parse", () => {
  test("whatever it is put together from", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const { parsed, scanned } = verdicts(pieces.join(""));
        expect(scanned).toBe(parsed);
      }),
      { numRuns: 20_000 },
    );
  });

  test("after something in it was replaced, put in or taken out", () => {
    const change = fc.tuple(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      piece,
      fc.constantFrom(0, 1),
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.array(change, { maxLength: 2 }), (json, changes) => {
        let text = json;
        for (const [where, by, removed] of changes) {
          const at = Math.floor(where * (text.length + 1));
          text = `${text.slice(0, at)}${by}${text.slice(at + removed)}`;
        }
        const { parsed, scanned } = verdicts(text);
        expect(scanned).toBe(parsed);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    '{"a":1',
    '{"a":1,}',
    '{"a" 1}',
    "{a:1}",
    '{"a":1}}',
    "[1,]",
    "[1 2]",
    "[,1]",
    '"\\ud8"',
    '"\t"',
    "01",
    "1.",
    ".5",
    "+1",
    "-",
    "1e",
    "tru",
    "",
    " ",
  ])("%j is none", (text) => expect(verdicts(text)).toEqual({ parsed: false, scanned: false }));
});

test("an object is read to its end, its members as the caller says", () => {
  const text = ' {"a":{"b":1},"c":[2] } ';
  const ends: string[] = [];
  const span = objectSpan(text, 1, (_, start, key) => {
    ends.push(key);
    return valueEnd(text, start, DEPTH);
  });
  expect(ends).toEqual(["a", "c"]);
  expect(text.slice(1, span.end)).toBe('{"a":{"b":1},"c":[2] }');
});

test.each(["[]", '{"a"}', '{"a":1,}', '{"a":1 "b":2}', "{", '{"a":1', '{,"a":1}'])(
  "%s is no object",
  (text) => {
    expect(() => memberSpans(text, 0, DEPTH)).toThrow(SyntaxError);
  },
);
