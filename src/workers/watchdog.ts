import { performance } from "node:perf_hooks";
import { budgetOf, type PendingCall } from "./pending-call.ts";
import type { Running } from "./running-mark.ts";

/** What a watchdog knows of a thread. */
export interface WatchedThread {
  running(): Running;
}

/** What a watchdog looks at, and whom it tells. */
export interface WatchdogOptions<Thread extends WatchedThread> {
  readonly threads: () => readonly Thread[];
  readonly calls: ReadonlyMap<number, PendingCall>;
  /** A thread has been at one step of a call for long: what stands behind it should not wait. Told once. */
  readonly stalled: (thread: Thread, running: Pick<Running, "call" | "entrypoint">) => void;
  /** Several threads, or all, have been at one step of these policies for long. */
  readonly crowded: (entrypoints: readonly string[]) => void;
  /** Whether a policy has taken more than it may lately, as one that crowds the threads has. */
  readonly isSuspect: (entrypoint: string) => boolean;
  /** A thread has used up the time that it had for one step. */
  readonly overran: (thread: Thread, overrun: Overrun) => void;
  /** The time of a call is over and nobody has answered it. */
  readonly late: (call: PendingCall) => void;
}

export interface Overrun {
  /** Undefined if the call has been answered already, by another thread or as late. */
  readonly call: PendingCall | undefined;
  /** Undefined if it was at no policy. */
  readonly entrypoint: string | undefined;
  readonly milliseconds: number;
}

/** Milliseconds between two looks. */
const INTERVAL = 10;
/**
 * The most milliseconds that a look counts for. If it comes later, this thread has waited for a core, and the threads with
 * it: to hold that against them, and to start others in their place, would leave still less for each.
 */
const MOST_COUNTED = 2 * INTERVAL;
/** Counted milliseconds at one step after which a thread is held up: a hundred times what a policy takes. */
const STALL = 50;
/** Counted milliseconds after which it is no matter of one large object that threads are held up. */
const CROWDED = 250;
/** Milliseconds before the deadline at which the call is taken from a policy, to be answered without it. */
const RESERVE = 150;
/**
 * What nobody waits for any more may take so long until its thread is ended, and so may a suspect that began before it was
 * one: while it runs it takes a core from the threads that are started in place of those that it holds.
 */
const SHORT_BUDGET = 1_000;

/** Since when a thread has been at its present step, and how much of that is counted. */
interface Standing {
  steps: number;
  since: number;
  counted: number;
  stalled: boolean;
}

/** What a thread has been at for `elapsed` milliseconds. */
interface Step {
  readonly pending: PendingCall | undefined;
  readonly entrypoint: string | undefined;
  readonly elapsed: number;
}

/** Looks at the threads while there are calls, and at nothing else: it never waits for them. */
export class Watchdog<Thread extends WatchedThread> {
  readonly #options: WatchdogOptions<Thread>;
  readonly #standing = new Map<Thread, Standing>();
  #timer: NodeJS.Timeout | undefined;
  #lastLook = 0;

  constructor(options: WatchdogOptions<Thread>) {
    this.#options = options;
  }

  /** Whether it is still at the step at which it was held up. */
  isStalled(thread: Thread): boolean {
    const standing = this.#standing.get(thread);
    return standing?.stalled === true && standing.steps === thread.running().steps;
  }

  forget(thread: Thread): void {
    this.#standing.delete(thread);
  }

  /** Begins to look, if it does not yet; ends by itself when no call is left. */
  watch(): void {
    this.#timer ??= setInterval(() => this.#look(performance.now()), INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(now: number): void {
    const threads = this.#options.threads();
    const counted = Math.min(now - this.#lastLook, MOST_COUNTED);
    this.#lastLook = now;
    for (const thread of threads) this.#lookAt(thread, now, counted);
    const crowding = this.#crowding(threads);
    if (crowding.length > 0) this.#options.crowded(crowding);
    for (const call of this.#options.calls.values()) if (now >= call.call.deadline) this.#options.late(call);
    if (this.#options.calls.size === 0) this.stop();
  }

  #lookAt(thread: Thread, now: number, counted: number): void {
    const { call, steps } = thread.running();
    const standing = this.#standing.get(thread);
    if (standing === undefined || standing.steps !== steps || call === 0) {
      this.#standing.set(thread, { steps, since: now, counted: 0, stalled: false });
      return;
    }
    standing.counted += counted;
    if (standing.counted >= STALL) this.#judge(thread, standing, now);
  }

  /** The policies that hold several threads, or all that there are. */
  #crowding(threads: readonly Thread[]): readonly string[] {
    const held = threads.filter((thread) => this.#isHeld(thread));
    const entrypoints = held.flatMap((thread) => thread.running().entrypoint ?? []);
    if (held.length === threads.length) return entrypoints;
    return entrypoints.filter((entrypoint, index) => entrypoints.indexOf(entrypoint) !== index);
  }

  #isHeld(thread: Thread): boolean {
    const standing = this.#standing.get(thread);
    return standing?.stalled === true && standing.counted >= CROWDED;
  }

  #judge(thread: Thread, standing: Standing, now: number): void {
    const { call, entrypoint } = thread.running();
    const pending = this.#options.calls.get(call);
    const elapsed = now - standing.since;
    const isDue = pending !== undefined && now >= pending.call.deadline - RESERVE;
    const isOver = isDue || this.#isOver(standing, { pending, entrypoint, elapsed });
    // What is no policy may take until the deadline: then nobody waits for it any more.
    if (isOver && (entrypoint !== undefined || pending === undefined)) {
      this.#options.overran(thread, { call: pending, entrypoint, milliseconds: Math.round(elapsed) });
    } else if (!standing.stalled) {
      standing.stalled = true;
      this.#options.stalled(thread, { call, entrypoint });
    }
  }

  #isOver({ since, counted }: Standing, { pending, entrypoint, elapsed }: Step): boolean {
    const isShort =
      pending === undefined || (entrypoint !== undefined && this.#options.isSuspect(entrypoint));
    return (
      (isShort && counted >= SHORT_BUDGET) || (pending !== undefined && elapsed >= budgetOf(pending, since))
    );
  }
}
