import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";

const MODULE = new URL("young-generation.ts", import.meta.url).href;

/** Much that is kept for a while, which lets a young generation grow; prints the bytes that it then has. */
const ALLOCATE = `
const { getHeapSpaceStatistics } = await import("node:v8");
const kept = [];
for (let count = 0; count < 2_000_000; count += 1) kept[count % 20_000] = { count, list: [count] };
console.log(getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size);
`;

test("the young generation of a process of its own grows no further", () => {
  const script = `(await import("${MODULE}")).holdYoungGeneration();${ALLOCATE}`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  expect(Number(execFileSync(process.execPath, args, { encoding: "utf8" }))).toBeLessThan(8 * 2 ** 20);
});
