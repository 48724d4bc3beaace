import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { codeFrame } from "./code-frame.ts";
import { ink } from "./ink.ts";

const plain = ink(false);
const frame = (text: string, line: number, column: number): readonly string[] =>
  codeFrame(text.split("\n"), { line, column }, plain);

describe("the code frame", () => {
  test("shows two lines before, one after, and underlines the key without its colon", () => {
    expect(frame("a: 1\nb: 2\nc: 3\n  name: web\ne: 5\nf: 6", 4, 3)).toEqual([
      "  2 | b: 2",
      "  3 | c: 3",
      "> 4 |   name: web",
      "    |   ^^^^",
      "  5 | e: 5",
    ]);
  });

  test("right-aligns line numbers of different length", () => {
    const text = Array.from({ length: 12 }, (_, index) => `k${index + 1}: x`).join("\n");
    expect(frame(text, 9, 1)).toEqual([
      "   7 | k7: x",
      "   8 | k8: x",
      ">  9 | k9: x",
      "     | ^^",
      "  10 | k10: x",
    ]);
  });

  test.each([
    ["a plain scalar that holds a colon", "image: nginx:latest", 8, "^^^^^^^^^^^^"],
    ["a quoted string with spaces", 'x: "a b, c" # z', 4, "^^^^^^^^"],
    ["a key in a flow mapping", "{privileged: true}", 2, "^^^^^^^^^^"],
    ["a bracket", "x: [1]", 4, "^"],
    ["a place behind the end of the line", "x:", 9, "^"],
  ])("underlines %s", (_name, line, column, caret) => {
    expect(
      frame(line, 1, column)[1]
        ?.trim()
        .replace(/^\|\s*/, ""),
    ).toBe(caret);
  });

  test.each([
    ["tabs", "\t\tx: 1", 3],
    ["wide characters", "日本: {x: 1}", 6],
    ["an escape sequence", '"\u001b[31m": {x: 1}', 11],
  ])("puts the caret under the right character after %s", (_name, line, column) => {
    const [marked = "", caret = ""] = frame(line, 1, column);
    const width = Array.from(marked.slice(0, marked.indexOf("x:"))).reduce(
      (sum, character) => sum + (/\p{Script=Han}/u.test(character) ? 2 : 1),
      0,
    );
    expect(caret.indexOf("^")).toBe(width);
  });

  test("shows a tab as four columns", () => {
    expect(frame("\tx: 1", 1, 2)).toEqual(["> 1 |     x: 1", "    |     ^"]);
  });

  test("cuts a long line around the caret and marks both cuts", () => {
    const line = `${"a,".repeat(400)}here,${"b,".repeat(400)}`;
    const [marked = "", caret = ""] = frame(line, 1, 801);
    expect(marked.length).toBeLessThan(112);
    expect(marked.slice(caret.indexOf("^"), caret.indexOf("^") + 4)).toBe("here");
    expect(marked).toMatch(/^> 1 \| ….*…$/);
  });

  test("is empty outside of the file", () => {
    expect(frame("a: 1", 7, 1)).toEqual([]);
  });

  test("never throws and never lets a control character through, wherever it points", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 400 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 500 }),
        (text, line, column) => {
          for (const shown of frame(text, line, column))
            expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        },
      ),
    );
  });
});
