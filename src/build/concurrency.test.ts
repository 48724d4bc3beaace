import { expect, test } from "@jest/globals";
import { mapConcurrently } from "./concurrency.ts";

test("results keep the order of the items, and no more than the limit run at a time", async () => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently([5, 1, 4, 2, 3], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
    running -= 1;
    return item * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test("the first failure is the failure of all", async () => {
  const results = mapConcurrently([1, 2], 2, () => Promise.reject(new Error("no")));
  await expect(results).rejects.toThrow("no");
});

test("no items give no results", async () => {
  expect(await mapConcurrently([], 4, () => Promise.resolve(1))).toEqual([]);
});
