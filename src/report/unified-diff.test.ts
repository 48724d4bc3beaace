import { describe, expect, test } from "@jest/globals";
import { applyPatch } from "diff";
import fc from "fast-check";
import { ink } from "./ink.ts";
import { unifiedDiff } from "./unified-diff.ts";

const plain = ink(false);

function diff(before: string, after: string, line = 1): string {
  return unifiedDiff({ line, before, after }, "a.yaml", plain).join("\n");
}

describe("a unified diff", () => {
  test("of equal texts is empty", () => {
    expect(diff("a\n", "a\n")).toBe("");
  });

  test("has the line numbers of the file and three lines around a change", () => {
    const lines = "abcdefghij".split("").map((letter) => `${letter}\n`);
    expect(diff(lines.join(""), lines.with(4, "new\n").join(""), 101)).toBe(
      "--- a.yaml\n+++ a.yaml\t(mutated)\n@@ -102,7 +102,7 @@\n b\n c\n d\n-e\n+new\n f\n g\n h",
    );
  });

  test("has one hunk for changes whose contexts touch, and another for one far away", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `${index}\n`);
    const after = lines.with(3, "x\n").with(9, "y\n").with(25, "z\n").join("");
    expect(
      diff(lines.join(""), after)
        .split("\n")
        .filter((line) => line.startsWith("@")),
    ).toEqual(["@@ -1,13 +1,13 @@", "@@ -23,7 +23,7 @@"]);
  });

  test("names a range without lines by the line above it", () => {
    expect(diff("", "a\nb\n", 5)).toContain("@@ -4,0 +5,2 @@");
  });

  test("says where the last line has no line break", () => {
    expect(diff("a\nb", "a\nb\nc")).toBe(
      "--- a.yaml\n+++ a.yaml\t(mutated)\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file",
    );
  });

  test("leaves tabs and carriage returns at ends of lines, so that it applies, and escapes what acts on a terminal", () => {
    const shown = diff("a\r\n\tb\r\n", "a\r\n\tc\u001b[2J\r\n");
    expect(shown).toContain("\n a\r\n-\tb\r\n+\tc\\u001b[2J\r");
    expect(unifiedDiff({ line: 1, before: "", after: "a\n" }, "\u202e.yaml", plain)[0]).toBe(
      "--- \\u202e.yaml",
    );
  });

  test("is colored", () => {
    const lines = unifiedDiff({ line: 1, before: "a\n", after: "b\n" }, "f", ink(true));
    expect(lines.slice(2)).toEqual([
      "\u001b[36m@@ -1 +1 @@\u001b[0m",
      "\u001b[31m-a\u001b[0m",
      "\u001b[32m+b\u001b[0m",
    ]);
  });

  test("of texts with nothing in common shows both", () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `${index}\n`).join("");
    expect(diff(lines, lines.replaceAll("\n", "x\n")).split("\n")).toHaveLength(10_003);
  });

  test("turns the one text into the other", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 })
      .map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const shown = diff(before, after);
        expect(shown === "" ? before : applyPatch(before, `${shown}\n`)).toBe(after);
      }),
    );
  });
});
