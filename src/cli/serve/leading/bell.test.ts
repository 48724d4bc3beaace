import { expect, test } from "@jest/globals";
import { Bell } from "./bell.ts";

const NEVER = new AbortController().signal;
const LONG = 100_000;

test("it wakes who waits", async () => {
  const bell = new Bell();
  const rings = bell.rings(LONG, NEVER);
  bell.ring();
  await rings;
  expect(await wakes(bell)).toBe("late");
});

test("rung while nobody waits, however often, it wakes the next one only", async () => {
  const bell = new Bell();
  bell.ring();
  bell.ring();
  expect(await wakes(bell)).toBe("at once");
  expect(await wakes(bell)).toBe("late");
});

test.each([
  ["after a while", 1, NEVER],
  ["with the signal", LONG, AbortSignal.timeout(1)],
  ["with a signal that was there before", LONG, AbortSignal.abort()],
])("who waits goes on %s", async (_, milliseconds, signal) => {
  await expect(new Bell().rings(milliseconds, signal)).resolves.toBeUndefined();
});

/** Whether the bell wakes who begins to wait now, or nothing but the end of the waiting does. */
async function wakes(bell: Bell): Promise<"at once" | "late"> {
  const end = new AbortController();
  const rings = bell.rings(LONG, end.signal);
  const turn = new Promise<"late">((resolve) => setImmediate(() => resolve("late")));
  const result = await Promise.race([rings.then(() => "at once" as const), turn]);
  end.abort();
  await rings;
  return result;
}
