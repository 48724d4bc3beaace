import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sampleFinding } from "../../test/samples.ts";
import { warningTexts } from "./warning.ts";

function warnings(...messages: readonly string[]): readonly string[] {
  return warningTexts(messages.map((message) => sampleFinding({ policy: "a/b", message })));
}

const runes = (text: string): number => Array.from(text).length;

test("no findings are no warnings", () => {
  expect(warnings()).toEqual([]);
});

test("a warning names its policy", () => {
  expect(warnings("use a tag")).toEqual(["a/b: use a tag"]);
});

test("what reads the same is said once, as the API server would", () => {
  expect(warnings("one", "two", "one", "two\n")).toEqual(["a/b: one", "a/b: two"]);
});

test.each([
  ["a line break", "a\r\nb", "a/b: a b"],
  ["a tab and an escape sequence", "a\t\u001b[31mb", "a/b: a [31mb"],
  ["C1 controls and Unicode line breaks", "a\u0085b\u2028c\u2029d", "a/b: a b c d"],
  ["half a surrogate pair", "a\ud800b", "a/b: a\ufffdb"],
  ["space at the end", "a \n", "a/b: a"],
])("%s does not reach the header", (_name, message, expected) => {
  expect(warnings(message)).toEqual([expected]);
});

describe("a long text", () => {
  test("is cut after the word that reaches 120 characters", () => {
    const [text = ""] = warnings("word ".repeat(60));
    expect(text).toMatch(/word…$/);
    expect(runes(text)).toBeGreaterThan(115);
    expect(runes(text)).toBeLessThan(126);
  });

  test("without spaces is cut at 256 runes, whatever a rune takes", () => {
    expect(runes(warnings("😀".repeat(300))[0] ?? "")).toBe(256);
  });

  test("that ends with the word that reaches 120 characters is whole", () => {
    for (const message of [`${"x ".repeat(57)}y`, "x".repeat(200)]) {
      expect(warnings(message)).toEqual([`a/b: ${message}`]);
    }
  });
});

test.each([
  [28, "and 2 more warnings"],
  [27, "and 1 more warning"],
])("%d long warnings do not fit, and the last line says how many are left out", (count, last) => {
  const messages = Array.from(
    { length: count },
    (_, index) => `${index}${"x".repeat(150 - String(index).length - 5)}`,
  );
  expect(warnings(...messages).at(-1)).toBe(last);
});

const existing = (message: string) =>
  sampleFinding({ policy: "a/b", message, enforcement: "warn", existing: true });

describe("existing violations", () => {
  test("are named as such, after the other warnings", () => {
    const other = sampleFinding({ policy: "c/d", message: "other", enforcement: "warn" });
    expect(warningTexts([existing("one"), other])).toEqual(["c/d: other", "a/b (existing violation): one"]);
  });

  test.each([
    [6, "a/b (existing violation): 5"],
    [7, "and 2 more existing violations"],
  ])("are told but a few: the last of %d lines is %p", (count, last) => {
    const texts = warningTexts(Array.from({ length: count }, (_, index) => existing(String(index))));
    expect(texts).toHaveLength(6);
    expect(texts.at(-1)).toBe(last);
  });
});

test("whatever policies say, the API server gets warnings that it passes on", () => {
  const message = fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.string({ unit: fc.constantFrom("a", " ", "\n", "\u0000", "😀", "\ud800"), maxLength: 400 }),
    fc.string({ minLength: 200, maxLength: 400 }),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 120 }), (messages) => {
      const texts = warnings(...messages);
      const distinct = new Set(messages.flatMap((each) => warnings(each))).size;
      for (const text of texts) {
        expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(text.isWellFormed()).toBe(true);
        expect(runes(text)).toBeLessThanOrEqual(256);
      }
      expect(texts.reduce((sum, text) => sum + runes(text), 0)).toBeLessThanOrEqual(4_096);
      expect(new Set(texts).size).toBe(texts.length);
      const more = /^and (\d+) more warnings?$/.exec(texts.at(-1) ?? "")?.[1];
      const shown = more === undefined ? texts.length : texts.length - 1;
      expect(shown + Number(more ?? 0)).toBe(distinct);
    }),
    { numRuns: 300 },
  );
});
