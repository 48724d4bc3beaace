import { expect, test } from "@jest/globals";
import { AliasCount } from "./alias-count.ts";

// The bounds follow from goyaml's formula: 0.99 - 0.89 * (nodes - 400,000) / 3,600,000.
test.each([
  { nodes: 1_001, most: 990 },
  { nodes: 400_000, most: 396_000 },
  { nodes: 2_200_000, most: 1_198_999 },
  { nodes: 4_000_000, most: 400_000 },
  { nodes: 8_000_000, most: 800_000 },
])("of $nodes nodes $most may come from aliases", ({ nodes, most }) => {
  expect(new AliasCount().add(nodes - 1, most)).toBe(true);
  expect(new AliasCount().add(nodes - 1, most + 2)).toBe(false);
});

test("a small document may consist of aliases", () => {
  expect(new AliasCount().add(999, 999)).toBe(true);
  expect(new AliasCount().add(100_000, 100)).toBe(true);
});
