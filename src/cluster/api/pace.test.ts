import { expect, test } from "@jest/globals";
import { Pace } from "./pace.ts";

test("who only asks uses up nothing", () => {
  const pace = new Pace({ burst: 1, interval: 100, now: () => 0 });
  expect([pace.allows(), pace.allows()]).toEqual([true, true]);
  pace.count();
  expect(pace.allows()).toBe(false);
});

test("so many pass at once, then one in each interval, and after a rest as many again", () => {
  let now = 7;
  const pace = new Pace({ burst: 3, interval: 100, now: () => now });
  const passes = (): boolean => {
    const isAllowed = pace.allows();
    if (isAllowed) pace.count();
    return isAllowed;
  };
  const count = (): number => Array.from({ length: 50 }, passes).filter(Boolean).length;
  expect(count()).toBe(3);
  now += 99;
  expect(count()).toBe(0);
  now += 1;
  expect(count()).toBe(1);
  now += 1_000_000;
  expect(count()).toBe(3);
});
