import { expect, test } from "@jest/globals";
import { Bell } from "./bell.ts";

const NEVER = new AbortController().signal;
const LONG = 100_000;

test("it wakes who waits", async () => {
  const bell = new Bell();
  const rings = bell.rings(LONG, NEVER);
  bell.ring();
  await rings;
  expect(await settles(bell.rings(LONG, AbortSignal.timeout(20)))).toBe("late");
});

test("rung while nobody waits, however often, it wakes the next one only", async () => {
  const bell = new Bell();
  bell.ring();
  bell.ring();
  expect(await settles(bell.rings(LONG, AbortSignal.timeout(LONG)))).toBe("at once");
  expect(await settles(bell.rings(LONG, AbortSignal.timeout(20)))).toBe("late");
});

test.each([
  ["after a while", 1, NEVER],
  ["with the signal", LONG, AbortSignal.timeout(1)],
  ["with a signal that was there before", LONG, AbortSignal.abort()],
])("who waits goes on %s", async (_, milliseconds, signal) => {
  await expect(new Bell().rings(milliseconds, signal)).resolves.toBeUndefined();
});

async function settles(promise: Promise<void>): Promise<"at once" | "late"> {
  const turn = new Promise<"late">((resolve) => setImmediate(() => resolve("late")));
  const result = await Promise.race([promise.then(() => "at once" as const), turn]);
  await promise;
  return result;
}
