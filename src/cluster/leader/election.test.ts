import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { LEASE_DURATION, RENEW_DEADLINE, RETRY_PERIOD, takePart, type ElectionClock } from "./election.ts";
import { MAX_TRANSITIONS, type LeaseSpec, type LeaseStore, type StoredLease } from "./lease.ts";

/** Time that passes only when everybody waits. */
class FakeTime {
  #now = 0;
  readonly #sleeping = new Set<{ readonly until: number; readonly wake: () => void }>();

  get now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = {
      until: this.#now + milliseconds,
      wake: () => {
        this.#sleeping.delete(sleeper);
        resolve();
      },
    };
    if (signal?.aborted ?? false) return Promise.resolve();
    this.#sleeping.add(sleeper);
    signal?.addEventListener("abort", sleeper.wake);
    return promise;
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await new Promise(setImmediate);
      const [next] = [...this.#sleeping].toSorted((a, b) => a.until - b.until);
      if (next === undefined || next.until > end) break;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
    }
    this.#now = end;
  }
}

/** What happens to one call on its way: it takes a while there and back, and either way may be lost. */
interface Trip {
  readonly there: number;
  readonly back: number;
  readonly lost?: "there" | "back";
}

class FakeLease {
  stored: StoredLease | undefined;
  #version = 0;
  readonly #time: FakeTime;

  constructor(time: FakeTime) {
    this.#time = time;
  }

  store(trip: () => Trip): LeaseStore {
    const travel = async <T>(answer: () => T): Promise<T> => {
      const { there, back, lost } = trip();
      await this.#time.sleep(there);
      if (lost === "there") throw new Error("lost there");
      const value = answer();
      await this.#time.sleep(back);
      if (lost === "back") throw new Error("lost back");
      return value;
    };
    return {
      read: () => travel(() => this.stored),
      write: (spec, version) => travel(() => this.#write(spec, version)),
    };
  }

  #write(spec: LeaseSpec, version: string | undefined): StoredLease | undefined {
    if (this.stored?.resourceVersion !== version) return undefined;
    this.#version += 1;
    this.stored = { spec, resourceVersion: String(this.#version) };
    return this.stored;
  }
}

const AT_ONCE: Trip = { there: 0, back: 0 };

function world() {
  const time = new FakeTime();
  const lease = new FakeLease(time);
  const leaders = new Set<string>();
  let most = 0;
  const told: unknown[] = [];
  const asked = (error: unknown): void => void (error === undefined || told.push(error));
  const begin = (
    identity: string,
    { trip = () => AT_ONCE, date = () => new Date(0), winding = 0, patience = Infinity } = {},
  ) => {
    const end = new AbortController();
    const clock: ElectionClock = { now: () => time.now, date, sleep: (ms, signal) => time.sleep(ms, signal) };
    const lead = async (term: AbortSignal): Promise<void> => {
      leaders.add(identity);
      most = Math.max(most, leaders.size);
      if (patience < Infinity) await time.sleep(patience, term);
      else if (!term.aborted) await new Promise((resolve) => term.addEventListener("abort", resolve));
      leaders.delete(identity);
      await time.sleep(winding);
    };
    void takePart(lease.store(trip), { identity, clock, lead, asked, signal: end.signal });
    return { stop: () => end.abort() };
  };
  return { time, lease, leaders, begin, told, most: () => most };
}

test("the first of two leads, and renews", async () => {
  const { time, lease, leaders, begin } = world();
  begin("a");
  await time.pass(1);
  begin("b");
  await time.pass(60_000);
  expect([...leaders]).toEqual(["a"]);
  expect(lease.stored?.spec).toMatchObject({
    holderIdentity: "a",
    leaseTransitions: 1,
    leaseDurationSeconds: 15,
  });
});

test("two that begin at the same moment end with one leader", async () => {
  const { time, leaders, begin, most } = world();
  begin("a");
  begin("b");
  await time.pass(60_000);
  expect([leaders.size, most()]).toEqual([1, 1]);
});

test("who is stopped releases the Lease, and the other leads with its next attempt", async () => {
  const { time, leaders, begin, lease } = world();
  const first = begin("a");
  await time.pass(1);
  begin("b");
  await time.pass(20_000);
  first.stop();
  await time.pass(0);
  expect(lease.stored?.spec.holderIdentity).toBe("");
  await time.pass(RETRY_PERIOD);
  expect([...leaders]).toEqual(["b"]);
});

test("who gives its term up lets another lead at once, and stands back where there is none", async () => {
  const { time, leaders, begin, lease, most } = world();
  begin("a", { patience: 60_000 });
  await time.pass(60_000);
  expect([leaders.size, lease.stored?.spec.holderIdentity]).toEqual([0, ""]);
  await time.pass(LEASE_DURATION - 1);
  expect(leaders.size).toBe(0);
  await time.pass(2 * RETRY_PERIOD);
  expect([...leaders]).toEqual(["a"]);
  begin("b");
  await time.pass(60_000);
  expect([...leaders]).toEqual(["b"]);
  await time.pass(600_000);
  expect([[...leaders], most()]).toEqual([["b"], 1]);
});

test("where all give their terms up, they take turns", async () => {
  const { time, leaders, begin, most } = world();
  for (const name of ["a", "b"]) begin(name, { patience: 60_000 });
  const seen: string[] = [];
  for (let minute = 0; minute < 6; minute += 1) {
    await time.pass(30_000);
    seen.push(...leaders);
    await time.pass(32_000);
  }
  expect([seen, most()]).toEqual([["a", "b", "a", "b", "a", "b"], 1]);
});

test("who stands back sees who leads meanwhile, also if the Lease is deleted then", async () => {
  const { time, leaders, begin, lease, most } = world();
  begin("a", { patience: 60_000 });
  await time.pass(59_000);
  begin("b");
  // Half a second before the next attempt of the one, and after the last renewal of the other.
  await time.pass(18_500);
  expect([...leaders]).toEqual(["b"]);
  lease.stored = undefined;
  await time.pass(10_000);
  expect([[...leaders], most()]).toEqual([["b"], 1]);
});

test("a Lease is released when the work of the term is over, not before", async () => {
  const { time, begin, lease } = world();
  const first = begin("a", { winding: 500 });
  await time.pass(10_000);
  first.stop();
  await time.pass(499);
  expect(lease.stored?.spec.holderIdentity).toBe("a");
  await time.pass(1);
  expect(lease.stored?.spec.holderIdentity).toBe("");
});

test("who was killed is followed after the duration of the Lease, counted from its last change", async () => {
  const { time, leaders, begin, lease } = world();
  const killed = { holderIdentity: "gone", leaseDurationSeconds: 3_000_000_000 };
  lease.stored = {
    spec: { ...killed, acquireTime: "", renewTime: "", leaseTransitions: 3 },
    resourceVersion: "x",
  };
  begin("a");
  await time.pass(LEASE_DURATION - 1);
  expect(leaders.size).toBe(0);
  await time.pass(RETRY_PERIOD);
  expect([...leaders]).toEqual(["a"]);
  expect(lease.stored?.spec.leaseTransitions).toBe(4);
});

test("who cannot renew stops leading before anybody else may begin", async () => {
  const { time, leaders, begin, told } = world();
  let isCut = false;
  begin("a", { trip: () => (isCut ? { ...AT_ONCE, lost: "there" } : AT_ONCE) });
  await time.pass(1_000);
  isCut = true;
  await time.pass(RENEW_DEADLINE);
  expect(leaders.size).toBe(0);
  expect(told.length).toBeGreaterThan(2);
  isCut = false;
  await time.pass(RETRY_PERIOD);
  expect([...leaders]).toEqual(["a"]);
});

test("who finds another in the Lease stops at once", async () => {
  const { time, leaders, begin, lease } = world();
  begin("a");
  await time.pass(1_000);
  const spec = { ...lease.stored?.spec, holderIdentity: "usurper" };
  lease.stored = {
    spec: { acquireTime: "", renewTime: "", leaseDurationSeconds: 15, leaseTransitions: 1, ...spec },
    resourceVersion: "y",
  };
  await time.pass(2 * RETRY_PERIOD);
  expect(leaders.size).toBe(0);
});

test.each([
  ["deleted", () => undefined],
  ["touched by somebody", (now: StoredLease | undefined) => now && { ...now, resourceVersion: "touched" }],
])("a Lease that is %s is had again by its holder", async (_, change) => {
  const { time, leaders, begin, lease, most } = world();
  begin("a");
  begin("b");
  await time.pass(20_500);
  const [leader] = leaders;
  lease.stored = change(lease.stored);
  await time.pass(60_000);
  expect([...leaders]).toEqual([leader]);
  expect(most()).toBe(1);
});

test("hostile values in the Lease are replaced by such as an API server takes, also in the release", async () => {
  const { time, leaders, begin, lease } = world();
  const hostile = {
    leaseDurationSeconds: 0,
    acquireTime: "",
    renewTime: "",
    leaseTransitions: MAX_TRANSITIONS,
  };
  const valid = {
    leaseDurationSeconds: 15,
    acquireTime: expect.stringMatching(/^1970-01-01T/),
    renewTime: expect.stringMatching(/^1970-01-01T/),
    leaseTransitions: MAX_TRANSITIONS,
  };
  lease.stored = { spec: { ...hostile, holderIdentity: "" }, resourceVersion: "x" };
  const first = begin("a");
  await time.pass(1_000);
  expect([...leaders]).toEqual(["a"]);
  expect(lease.stored.spec).toEqual({ ...valid, holderIdentity: "a" });
  lease.stored = { spec: { ...hostile, holderIdentity: "a" }, resourceVersion: "y" };
  await time.pass(2 * RETRY_PERIOD);
  expect(lease.stored.spec).toEqual({ ...valid, holderIdentity: "a" });
  lease.stored = { spec: { ...hostile, holderIdentity: "a" }, resourceVersion: "z" };
  first.stop();
  await time.pass(0);
  expect(lease.stored.spec).toEqual({ ...valid, holderIdentity: "" });
});

test("a clock that stands still or jumps changes nothing", async () => {
  const { time, leaders, begin, most } = world();
  const jumps = [0, 4e12, -4e12, 0, 0, 1];
  let asked = 0;
  begin("a", { date: () => new Date(jumps[(asked += 1) % jumps.length] ?? 0) });
  begin("b");
  await time.pass(1_000_000);
  expect([leaders.size, most()]).toEqual([1, 1]);
});

const trips: fc.Arbitrary<fc.Stream<Trip>> = fc.infiniteStream(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ there: fc.nat(50), back: fc.nat(50) }) },
    { weight: 2, arbitrary: fc.record({ there: fc.nat(5_000), back: fc.nat(5_000) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        there: fc.nat(5_000),
        back: fc.nat(5_000),
        lost: fc.constantFrom("there" as const, "back" as const),
      }),
    },
  ),
);

test("whatever happens to calls, there are never two leaders, and one in the end", async () => {
  const stops = fc.array(fc.nat(300_000), { minLength: 3, maxLength: 3 });
  const starts = fc.array(fc.nat(20_000), { minLength: 3, maxLength: 3 });
  const patiences = fc.array(fc.constantFrom(Infinity, 1, 3_000, 60_000), { minLength: 3, maxLength: 3 });
  let terms = 0;
  await fc.assert(
    fc.asyncProperty(trips, starts, stops, patiences, async (stream, startTimes, stopTimes, each) => {
      const { time, begin, leaders, most } = world();
      let isCalm = false;
      const trip = (): Trip => {
        const [next = AT_ONCE] = stream.take(1);
        return isCalm ? AT_ONCE : next;
      };
      const candidates = startTimes.map(async (start, index) => {
        await time.sleep(start);
        const patience = index === 0 ? Infinity : (each[index] ?? Infinity);
        const candidate = begin(`replica-${index}`, { trip, patience });
        if (index === 0) return;
        await time.sleep(stopTimes[index] ?? 0);
        candidate.stop();
      });
      await time.pass(320_000);
      await Promise.all(candidates);
      isCalm = true;
      await time.pass(LEASE_DURATION + 5 * RETRY_PERIOD + 20_000);
      expect(most()).toBeLessThanOrEqual(1);
      expect([...leaders]).toEqual(["replica-0"]);
      terms += 1;
    }),
    { numRuns: 60 },
  );
  expect(terms).toBe(60);
});
