import { expect, jest, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import { interruptible, outliveReader } from "./interruption.ts";

/** Runs it, and gives the exit code, or what was thrown, and how often an interruption was told. */
async function run(
  work: (signals: EventEmitter) => Parameters<typeof interruptible>[1],
): Promise<readonly [unknown, number]> {
  const signals = new EventEmitter();
  let told = 0;
  const end = await interruptible(signals, work(signals), () => (told += 1)).catch((error: unknown) => error);
  expect(signals.eventNames()).toEqual([]);
  return [end, told];
}

test.each(["SIGINT", "SIGTERM", "SIGHUP"])("%s ends what waits, with exit code 1", async (name) => {
  const waiting = run((signals) => async ({ clock }) => {
    setImmediate(() => signals.emit(name) && signals.emit(name));
    await clock.sleep(60_000);
    return 0;
  });
  expect(await waiting).toEqual([1, 1]);
});

test("what a signal does not stop any more ends as it would", async () => {
  const ending = run((signals) => async () => {
    signals.emit("SIGINT");
    return 0;
  });
  expect(await ending).toEqual([0, 1]);
});

test("a signal is told at once, however long the call takes that is open", async () => {
  const signals = new EventEmitter();
  const said: string[] = [];
  await interruptible(
    signals,
    async () => {
      signals.emit("SIGINT");
      said.push("the call has ended");
      return 0;
    },
    () => said.push("interrupted"),
  );
  expect(said).toEqual(["interrupted", "the call has ended"]);
});

test("a clock that is set makes no wait longer or shorter", async () => {
  const set = jest.spyOn(Date, "now");
  try {
    const [end] = await run(() => async ({ clock }) => {
      const before = clock.now();
      set.mockReturnValue(Date.parse("2000-01-01T00:00:00Z"));
      return clock.now() >= before ? 0 : 1;
    });
    expect(end).toBe(0);
  } finally {
    set.mockRestore();
  }
});

test.each([
  ["without a signal it is told", false, [new Error("away"), 0]],
  ["after a signal it does not count", true, [1, 1]],
] as const)("an error ends it: %s", async (_, isInterrupted, outcome) => {
  const failing = run((signals) => async () => {
    if (isInterrupted) signals.emit("SIGINT");
    throw new Error("away");
  });
  expect(await failing).toEqual(outcome);
});

test("a reader that has gone ends nothing", () => {
  const stderr = Object.assign(new EventEmitter(), { write: () => undefined });
  expect(() => stderr.emit("error", new Error("EPIPE"))).toThrow("EPIPE");
  outliveReader(stderr);
  expect(stderr.emit("error", new Error("EPIPE"))).toBe(true);
});
