import { expect, test } from "@jest/globals";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Told } from "./told.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** When something is told that goes wrong at each of these moments. */
function toldAt(moments: readonly number[], textOf = (_moment: number): string => "no answer"): number[] {
  let now = 0;
  const told = new Told(() => now);
  return moments.filter((moment) => {
    now = moment;
    return told.lasts(textOf(moment));
  });
}

const every = (milliseconds: number, until: number): number[] =>
  Array.from({ length: Math.floor(until / milliseconds) }, (_, index) => index * milliseconds);

test("what goes wrong every few seconds for a day is told at once and then every hour", () => {
  expect(toldAt(every(5 * SECOND, 24 * HOUR))).toEqual(every(HOUR, 24 * HOUR));
});

test("another text is told at once, and none of the two again when they come in turn", () => {
  const inTurn = (moment: number): string => (moment % (10 * SECOND) === 0 ? "one" : "other");
  expect(toldAt(every(5 * SECOND, 30 * MINUTE), inTurn)).toEqual([0, 5 * SECOND]);
});

test("texts that never come again are told ten times at once, and then every six minutes", () => {
  const moments = toldAt(every(SECOND, HOUR), String);
  expect(moments.slice(0, 10)).toEqual(every(SECOND, 10 * SECOND));
  expect(moments.slice(10)).toEqual(every(6 * MINUTE, HOUR).slice(1));
});

/** Bytes that are in use after everything was let go that nobody holds. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

test("texts that never come again are not kept for ever", () => {
  let now = 0;
  const told = new Told(() => now);
  const before = heapUsed();
  for (let times = 0; times < 600; times += 1) {
    // Each is told: one in six minutes.
    for (; now < times * 6 * MINUTE; now += MINUTE) told.lasts("");
    told.lasts(Buffer.alloc(100_000, `${times} `).toString());
  }
  expect(heapUsed() - before).toBeLessThan(20 * 1_000_000);
  expect(told.ends()).toBe(true);
});

test("what was silent for more than two minutes was over, and is told when it comes again", () => {
  const again = 2 * MINUTE + 1;
  expect(toldAt([0, 2 * MINUTE, 2 * MINUTE + again])).toEqual([0, 2 * MINUTE + again]);
});

test("its end is told once, and only if it was told", () => {
  const told = new Told(() => 0);
  expect(told.ends()).toBe(false);
  told.lasts("no answer");
  expect([told.ends(), told.ends(), told.lasts("no answer")]).toEqual([true, false, true]);
  for (let times = 0; times < 20; times += 1) {
    told.ends();
    told.lasts("no answer");
  }
  // Nothing was left of the ten lines.
  expect(told.ends()).toBe(false);
});

test("of what happens again and again ten lines come at once, and one every six minutes", () => {
  let now = 0;
  const told = new Told(() => now);
  const count = (): number => Array.from({ length: 100 }, () => told.happened()).filter(Boolean).length;
  expect(count()).toBe(10);
  now += 6 * MINUTE - 1;
  expect(count()).toBe(0);
  now += 1;
  expect(count()).toBe(1);
  now += 100 * HOUR;
  expect(count()).toBe(10);
});
