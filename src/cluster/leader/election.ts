import { isDeepStrictEqual } from "node:util";
import { MAX_TRANSITIONS, type LeaseSpec, type LeaseStore, type StoredLease } from "./lease.ts";

/** Time as it is handed in. */
export interface ElectionClock {
  /** Milliseconds since some moment; never goes back and never jumps. */
  readonly now: () => number;
  /** What the Lease shows to people. */
  readonly date: () => Date;
  /** Settles after so many milliseconds, or when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface Election {
  /** No other process has it, nor had it. */
  readonly identity: string;
  readonly clock: ElectionClock;
  /**
   * Called at the beginning of each term; must settle soon after `term` is aborted, and never rejects. If it settles before,
   * the term is given up: another process can lead at once, and this one tries again after LEASE_DURATION.
   */
  readonly lead: (term: AbortSignal) => Promise<void>;
  /** Gets the outcome of every call of the Lease: its error, or undefined. */
  readonly asked: (error: unknown) => void;
  /** Ends the election; a Lease that is held is released. */
  readonly signal: AbortSignal;
}

/** Those of client-go's leaderelection, in milliseconds. */
export const LEASE_DURATION = 15_000;
export const RENEW_DEADLINE = 10_000;
export const RETRY_PERIOD = 2_000;

/**
 * Takes part in the election of a leader until it is ended. At any time at most one process leads: who leads stops
 * RENEW_DEADLINE after it has sent the last renewal that was stored, and nobody else begins before LEASE_DURATION has
 * passed since they saw that renewal. Both measure by their own clock that cannot be set, so a wrong time changes nothing.
 */
export async function takePart(store: LeaseStore, election: Election): Promise<void> {
  const { clock, signal } = election;
  const candidate = new Candidate(store, election);
  while (!signal.aborted) {
    const end = (await candidate.claim()) === "held" ? await serveTerm(candidate, election) : "over";
    if (end === "given up") await standBack(candidate, election);
    await clock.sleep(RETRY_PERIOD, signal);
  }
  await candidate.release();
}

/** Lets everybody else try, and sees who does. */
async function standBack(candidate: Candidate, { clock, signal }: Election): Promise<void> {
  const end = clock.now() + LEASE_DURATION;
  await candidate.release();
  while (clock.now() < end && !signal.aborted) {
    await clock.sleep(RETRY_PERIOD, signal);
    if (!signal.aborted) await candidate.watch();
  }
}

async function serveTerm(
  candidate: Candidate,
  { clock, lead, signal }: Election,
): Promise<"over" | "given up"> {
  const ending = new AbortController();
  const term = AbortSignal.any([signal, ending.signal]);
  const renewing = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(RETRY_PERIOD, term);
      if (term.aborted || (await candidate.claim()) === "others") return;
    }
  };
  const expiring = async (): Promise<void> => {
    const left = (): number => candidate.termEnd - clock.now();
    while (left() > 0 && !term.aborted) await clock.sleep(left(), term);
  };
  const work = lead(term);
  const renewal = renewing();
  const isOver = Promise.race([renewal, expiring()]).then(() => "over" as const);
  const end = await Promise.race([isOver, work.then(() => (term.aborted ? "over" : "given up"))]);
  ending.abort();
  // The next term must not begin beside what is left of this one.
  await Promise.all([work, renewal]);
  return end;
}

/** What became of the attempt to have the Lease; `unknown` if there was no answer, or somebody was faster. */
type Claim = "held" | "others" | "unknown";

/** One process in its election; lives as long as that. */
class Candidate {
  readonly #store: LeaseStore;
  readonly #election: Election;
  /** As this process has stored it, if nobody else is known to have changed it since. */
  #own: StoredLease | undefined;
  /** As it was read last, and since when it has not changed. */
  #seen: { readonly spec: LeaseSpec; readonly since: number } | undefined;
  /** When the last claim that succeeded was sent. */
  #claimed = -Infinity;
  #claims = 0;

  constructor(store: LeaseStore, election: Election) {
    this.#store = store;
    this.#election = election;
  }

  get termEnd(): number {
    return this.#claimed + RENEW_DEADLINE;
  }

  /** Takes or renews the Lease; never rejects. */
  async claim(): Promise<Claim> {
    const { identity, clock, asked } = this.#election;
    const sent = clock.now();
    try {
      const known = this.#own ?? (await this.#look());
      this.#own = undefined;
      if (this.#isOthers()) {
        asked(undefined);
        return "others";
      }
      const spec = claimed(known?.spec, identity, this.#renewTime());
      this.#own = await this.#store.write(spec, known?.resourceVersion);
      asked(undefined);
      if (this.#own === undefined) return "unknown";
      this.#claimed = sent;
      return clock.now() < this.termEnd ? "held" : "unknown";
    } catch (error) {
      asked(error);
      return "unknown";
    }
  }

  /** Remembers who holds the Lease; never rejects. */
  async watch(): Promise<void> {
    const { asked } = this.#election;
    await this.#look().then(() => asked(undefined), asked);
  }

  /** Lets somebody else begin at once; where that fails they wait. Never rejects. */
  async release(): Promise<void> {
    const { identity, asked } = this.#election;
    if (this.#claimed === -Infinity) return;
    this.#own = undefined;
    try {
      const known = await this.#look();
      if (known?.spec.holderIdentity !== identity) return;
      const spec = { ...claimed(known.spec, identity, this.#renewTime()), holderIdentity: "" };
      await this.#store.write(spec, known.resourceVersion);
    } catch (error) {
      asked(error);
    }
  }

  /** A Lease that somebody has deleted says nothing of who leads. */
  async #look(): Promise<StoredLease | undefined> {
    const now = await this.#store.read();
    if (now !== undefined && !isDeepStrictEqual(now.spec, this.#seen?.spec)) {
      this.#seen = { spec: now.spec, since: this.#election.clock.now() };
    }
    return now;
  }

  /** A MicroTime. Others see that it changes even if the clock of this machine stands still. */
  #renewTime(): string {
    this.#claims = (this.#claims + 1) % 1_000;
    return this.#election.clock
      .date()
      .toISOString()
      .replace("Z", `${String(this.#claims).padStart(3, "0")}Z`);
  }

  /** What the record says of its duration is not asked: it could say a hundred years. */
  #isOthers(): boolean {
    const { identity, clock } = this.#election;
    if (this.#seen === undefined) return false;
    const { spec, since } = this.#seen;
    const isHeld = spec.holderIdentity !== "" && spec.holderIdentity !== identity;
    return isHeld && clock.now() < since + LEASE_DURATION;
  }
}

/** Always one that the API server takes, whatever somebody has written into the one before. */
function claimed(before: LeaseSpec | undefined, holderIdentity: string, renewTime: string): LeaseSpec {
  const isMine = before?.holderIdentity === holderIdentity;
  const transitions = (before?.leaseTransitions ?? 0) + (isMine ? 0 : 1);
  return {
    holderIdentity,
    leaseDurationSeconds: LEASE_DURATION / 1_000,
    acquireTime: isMine && before.acquireTime !== "" ? before.acquireTime : renewTime,
    renewTime,
    leaseTransitions: Math.min(transitions, MAX_TRANSITIONS),
  };
}
