import { afterEach, expect, test } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { PendingCall } from "./pending-call.ts";
import type { Running } from "./running-mark.ts";
import { type Overrun, Watchdog, type WatchedThread } from "./watchdog.ts";

let running: Running = { call: 0, entrypoint: undefined, steps: 0 };
const thread: WatchedThread = { running: () => running };
const calls = new Map<number, PendingCall>();
let stalled = 0;
const crowded: string[] = [];
const suspects = new Set<string>();
const overruns: Overrun[] = [];
/** Threads that the watchdog looks at. */
let threads: readonly WatchedThread[] = [thread];

const watchdog = new Watchdog({
  threads: () => threads,
  calls,
  stalled: () => (stalled += 1),
  crowded: (entrypoints) => void crowded.push(...entrypoints),
  isSuspect: (entrypoint) => suspects.has(entrypoint),
  overran: (_thread, overrun) => void overruns.push(overrun),
  late: ({ id }) => calls.delete(id),
});

afterEach(() => watchdog.stop());

function pending(id: number, milliseconds: number): PendingCall {
  return {
    id,
    call: { webhook: "validate", body: new Uint8Array(), deadline: performance.now() + milliseconds },
    arrived: performance.now(),
    failed: new Map(),
    deaths: 0,
    thread: undefined,
    settle: () => undefined,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

test("a thread that was held up is free again with its next step, also if nobody has looked at it since", async () => {
  // Another thread has answered call 1 by now; it is call 2 that makes the watchdog look.
  running = { call: 1, entrypoint: "slow/deny", steps: 1 };
  calls.set(2, pending(2, 60_000));
  watchdog.watch();
  await until(() => watchdog.isStalled(thread));
  expect(stalled).toBe(1);
  calls.clear();
  // With no call left the watchdog stops looking.
  await delay(50);
  expect(watchdog.isStalled(thread)).toBe(true);
  running = { call: 0, entrypoint: undefined, steps: 2 };
  expect(watchdog.isStalled(thread)).toBe(false);
});

function threadAt(entrypoint: string): WatchedThread {
  return { running: () => ({ call: 1, entrypoint, steps: 7 }) };
}

test("a policy that holds two threads of three is told, one that holds a single thread is not", async () => {
  let steps = 0;
  const busy: WatchedThread = {
    running: () => ({ call: 2, entrypoint: "good/deny", steps: (steps += 1) }),
  };
  threads = [threadAt("loops/deny"), threadAt("slow/deny"), busy, threadAt("loops/deny")];
  calls.set(3, pending(3, 60_000));
  watchdog.watch();
  await until(() => crowded.length > 0);
  expect(new Set(crowded)).toEqual(new Set(["loops/deny"]));
});

test("a suspect that holds a thread is ended long before a third of the time of its call is over, another policy is not", async () => {
  threads = [threadAt("suspect/deny"), threadAt("slow/deny")];
  suspects.add("suspect/deny");
  overruns.length = 0;
  calls.clear();
  calls.set(1, pending(1, 300_000));
  watchdog.watch();
  await until(() => overruns.length > 0);
  expect(overruns[0]?.entrypoint).toBe("suspect/deny");
  expect(overruns.map(({ entrypoint }) => entrypoint)).not.toContain("slow/deny");
  calls.clear();
});
