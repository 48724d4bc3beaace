import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lineOfKey, metadataBlock, topLevelKeys } from "./metadata-block.ts";

const LINES = [
  "# METADATA",
  "# title: X",
  "# related_resources:",
  "# - ref: https://example.com",
  "#   description: why",
  "# description: |",
  "#   severity: is a word here",
  "# custom:",
  "#   severity: low",
  "#   match: {resources: [pods]}",
  "package x",
  "# title: Y",
];
const BLOCK = metadataBlock({ lines: LINES }, 1);

test("the block ends where the comment ends", () => {
  expect(BLOCK.firstLine).toBe(2);
  expect(BLOCK.lines).toHaveLength(9);
});

test("the keys of lists and nested mappings are not at the top", () => {
  expect(topLevelKeys(BLOCK)).toEqual(["title", "related_resources", "description", "custom"]);
});

describe("the line of a key", () => {
  test.each([
    [["title"], 2],
    [["custom"], 8],
    [["custom", "severity"], 9],
    [["custom", "match", "resources", 0], 10],
    [["custom", "nothing"], 8],
    [["nothing"], 1],
    [[], 1],
  ])("%j is %d", (path, line) => {
    expect(lineOfKey(BLOCK, path)).toBe(line);
  });

  test("is that of any key of a mapping in block style", () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(keys, fc.nat(), (names, choice) => {
        const index = choice % names.length;
        const lines = ["# METADATA", ...names.map((name) => `# ${name}: 1`), "package x"];
        const block = metadataBlock({ lines }, 1);
        expect(topLevelKeys(block)).toEqual(names);
        expect(lineOfKey(block, [names[index] ?? ""])).toBe(index + 2);
      }),
    );
  });
});
