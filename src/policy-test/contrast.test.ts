import { expect, test } from "@jest/globals";
import { contrastOf } from "./contrast.ts";

test("equal texts have no difference", () => {
  expect(contrastOf("a\nb", "a\nb")).toEqual({ expected: "a\nb", actual: "a\nb", difference: "" });
});

test("lines that are missing and lines that are too many are marked", () => {
  expect(contrastOf("a\nb\nc", "a\nx\nc").difference).toBe(" a\n-b\n+x\n c");
});

test("differences far apart are shown with where they are", () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
  const changed = lines.with(2, "three").with(25, "twenty-six");
  const { difference } = contrastOf(lines.join("\n"), changed.join("\n"));
  expect(difference).toContain("@@ -1 +1 @@\n line 1");
  expect(difference).toContain("@@ -23 +23 @@\n line 23");
  expect(difference).not.toContain("line 15");
});

test("texts that differ all over are set side by side as they are", () => {
  const { difference } = contrastOf(manyLines("a"), manyLines("b"));
  expect(difference.startsWith("-a 0\n-a 1\n")).toBe(true);
  expect(difference.endsWith("+b 1998\n+b 1999")).toBe(true);
});

function manyLines(name: string): string {
  return Array.from({ length: 2_000 }, (_, index) => `${name} ${index}`).join("\n");
}
