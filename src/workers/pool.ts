import { performance } from "node:perf_hooks";
import type { PortcullisError } from "../error.ts";
import { errorOf } from "./message.ts";
import { overloaded, stopped, tooLate, type PendingCall } from "./pending-call.ts";
import type { Program } from "./program.ts";
import type { Review, ReviewCall, ReviewResult } from "./review-call.ts";
import { ReviewThread, type ThreadEvents } from "./review-thread.ts";
import { Suspects } from "./suspects.ts";
import { Watchdog, type Overrun } from "./watchdog.ts";

export interface PoolOptions {
  /** How many threads decide. */
  readonly size: number;
  /** How many calls may wait for a thread; those that a thread has been given do not count. */
  readonly maxWaiting: number;
  /** Told what an operator should know; never called while an answer waits for it. */
  readonly replaced: (reason: ReplacementReason, why: string) => void;
}

/** Why a thread was replaced; also the label values of `portcullis_workers_replaced_total{reason}`. */
export const REPLACEMENT_REASONS = ["timeout", "crash"] as const;
export type ReplacementReason = (typeof REPLACEMENT_REASONS)[number];

/** Calls that a thread is given ahead: each wake-up that is saved is worth more than the policies (DESIGN, Speed). */
const DEPTH = 8;
/** Milliseconds before a thread that could not be started is tried again. */
const RESTART_DELAY = 1_000;
/** After so many calls V8 has compiled what runs often; more of them change the time of a call no further. */
const WARM_UP = 300;
/** A thread that replaces another is needed at once. */
const REPLACEMENT_WARM_UP = 5;
/** A call that killed so many threads outside of any policy is not tried again. */
const MAX_DEATHS = 2;

/** The threads of one program. */
interface Generation {
  readonly program: Program;
  readonly threads: Set<ReviewThread>;
  /** How many are being started. */
  starting: number;
}

/**
 * Decides calls on worker threads. Lives as long as the server; the only thing that knows which thread has which call.
 * A call is settled once, by whichever thread answers first.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #calls = new Map<number, PendingCall>();
  readonly #waiting: PendingCall[] = [];
  readonly #events: ThreadEvents;
  readonly #watchdog: Watchdog;
  readonly #suspects = new Suspects();
  #generation: Generation;
  readonly #retired = new Set<ReviewThread>();
  #lastId = 0;
  #stopped = false;

  private constructor(program: Program, options: PoolOptions) {
    this.#options = options;
    this.#generation = { program, threads: new Set(), starting: 0 };
    this.#events = {
      answered: (thread, message) => {
        thread.posted.delete(message.id);
        const result: ReviewResult =
          message.kind === "decided"
            ? { kind: "decided", body: message.body, record: message.record }
            : { kind: "rejected", error: errorOf(message.error) };
        const exceeded = message.kind === "decided" ? message.exceeded : [];
        for (const entrypoint of exceeded) this.#suspects.add(entrypoint, performance.now());
        this.#settle(message.id, result);
        this.#afterAnswer(thread);
      },
      died: (thread, why) => this.#replaceCrashed(thread, why),
    };
    this.#watchdog = new Watchdog({
      threads: () => [...this.#generation.threads, ...this.#retired],
      calls: this.#calls,
      stalled: (thread, running) => this.#moveBehind(thread, running),
      crowded: (entrypoints) => {
        for (const entrypoint of entrypoints) this.#suspects.add(entrypoint, performance.now());
      },
      overran: (thread, overrun) => this.#replaceOverrun(thread, overrun),
      late: (call) => this.#settle(call.id, tooLate(call)),
    });
  }

  /** Settles when all threads are warm, with what failed when policies were tried. Throws what is wrong with the program. */
  static async start(
    program: Program,
    options: PoolOptions,
  ): Promise<{ readonly pool: Pool; readonly notes: readonly string[] }> {
    const pool = new Pool(program, options);
    const notes = await pool.#fill(pool.#generation, options.size);
    return { pool, notes };
  }

  /** How many calls wait for a thread. */
  get waiting(): number {
    return this.#waiting.length;
  }

  get threads(): number {
    return this.#generation.threads.size;
  }

  readonly review: Review = (call) => {
    const { maxWaiting } = this.#options;
    if (this.#stopped) return Promise.resolve(stopped());
    if (this.#waiting.length >= maxWaiting) return Promise.resolve(overloaded(maxWaiting));
    return new Promise((settle) => {
      this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
      const pending = pendingCall(this.#lastId, call, settle);
      this.#calls.set(pending.id, pending);
      this.#waiting.push(pending);
      this.#assign();
      this.#watchdog.watch();
    });
  };

  /**
   * Decides with another program from now on: its threads are warm before they take over, and the old ones finish what
   * they were given. Throws what is wrong with the program; then nothing changes.
   */
  async swap(program: Program): Promise<readonly string[]> {
    const next: Generation = { program, threads: new Set(), starting: 0 };
    const notes = await this.#fill(next, this.#options.size);
    if (this.#stopped) {
      await Promise.all([...next.threads].map((thread) => thread.end()));
      throw stopped().error;
    }
    const old = this.#generation;
    this.#generation = next;
    this.#suspects.clear();
    for (const thread of old.threads) this.#retire(thread);
    this.#assign();
    return notes;
  }

  /** Ends every thread; calls that have no answer are rejected. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watchdog.stop();
    const threads = [...this.#generation.threads, ...this.#retired];
    this.#generation.threads.clear();
    for (const id of this.#calls.keys()) this.#settle(id, stopped());
    await Promise.all(threads.map((thread) => thread.end()));
  }

  async #fill(generation: Generation, count: number): Promise<readonly string[]> {
    const starts = await Promise.allSettled(
      Array.from({ length: count }, () => ReviewThread.start(generation.program, WARM_UP, this.#events)),
    );
    const started = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
    const failed = starts.find((start) => start.status === "rejected");
    if (failed !== undefined) {
      // One may have started where another has not: it must not live on with nobody who knows it.
      await Promise.all(started.map(({ thread }) => thread.end()));
      throw failed.reason;
    }
    for (const { thread } of started) generation.threads.add(thread);
    return started[0]?.notes ?? [];
  }

  /** Gives waiting calls to the threads that have the least to do. */
  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      const pending = thread === undefined ? undefined : this.#waiting.shift();
      if (thread === undefined || pending === undefined) return;
      if (this.#calls.has(pending.id)) post(pending, thread, this.#suspects.at(performance.now()));
    }
  }

  #freeThread(): ReviewThread | undefined {
    let best: ReviewThread | undefined;
    for (const thread of this.#generation.threads) {
      const isFree = thread.posted.size < DEPTH && !this.#watchdog.isStalled(thread);
      if (isFree && (best === undefined || thread.posted.size < best.posted.size)) best = thread;
    }
    return best;
  }

  #settle(id: number, result: ReviewResult): void {
    const pending = this.#calls.get(id);
    if (pending === undefined) return;
    this.#calls.delete(id);
    pending.settle(result);
  }

  #afterAnswer(thread: ReviewThread): void {
    if (this.#retired.has(thread)) this.#endIfDone(thread);
    else if (this.#generation.threads.size > this.#options.size && thread.posted.size === 0)
      this.#retire(thread);
    this.#assign();
  }

  #retire(thread: ReviewThread): void {
    this.#generation.threads.delete(thread);
    this.#retired.add(thread);
    this.#endIfDone(thread);
  }

  #endIfDone(thread: ReviewThread): void {
    if (thread.posted.size > 0) return;
    this.#retired.delete(thread);
    this.#watchdog.forget(thread);
    void thread.end();
  }

  /** Calls behind one that takes long go to other threads at once; whoever answers first has answered. */
  #moveBehind(thread: ReviewThread, running: number): void {
    const behind = [...thread.posted].flatMap((id) => {
      const pending = this.#calls.get(id);
      return id === running || pending?.thread !== thread ? [] : [pending];
    });
    this.#again(behind);
    this.#replenish();
  }

  #replaceOverrun(thread: ReviewThread, { call, entrypoint, milliseconds }: Overrun): void {
    if (entrypoint !== undefined) {
      call?.failed.set(entrypoint, milliseconds);
      this.#suspects.add(entrypoint, performance.now());
    }
    const what = entrypoint ?? "a review, outside of any policy,";
    this.#options.replaced("timeout", `${what} ran longer than ${milliseconds} ms`);
    void thread.end();
    this.#lose(thread);
  }

  /** Of a thread that died by itself, what it ran is held to be the reason. */
  #replaceCrashed(thread: ReviewThread, why: PortcullisError): void {
    const { call, entrypoint } = thread.running();
    const pending = this.#calls.get(call);
    if (pending !== undefined && entrypoint !== undefined) {
      pending.failed.set(entrypoint, Math.round(performance.now() - pending.arrived));
    } else if (pending !== undefined) {
      pending.deaths += 1;
      if (pending.deaths >= MAX_DEATHS) this.#settle(pending.id, { kind: "rejected", error: why });
    }
    this.#options.replaced("crash", `${entrypoint === undefined ? "" : `in ${entrypoint}: `}${why.message}`);
    this.#lose(thread);
  }

  #lose(thread: ReviewThread): void {
    const left = [...thread.posted].flatMap((id) => this.#calls.get(id) ?? []);
    this.#generation.threads.delete(thread);
    this.#retired.delete(thread);
    this.#watchdog.forget(thread);
    this.#again(left.filter((pending) => pending.thread === thread));
    this.#replenish();
  }

  /** They have waited already, so they come first. */
  #again(calls: readonly PendingCall[]): void {
    for (const pending of calls) pending.thread = undefined;
    this.#waiting.unshift(...calls);
    this.#assign();
  }

  /** Keeps as many threads at work as there should be, at most twice as many while some are held up. */
  #replenish(): void {
    const generation = this.#generation;
    const { size } = this.#options;
    const { threads, starting } = generation;
    const working = [...threads].filter((thread) => !this.#watchdog.isStalled(thread)).length + starting;
    if (this.#stopped || working >= size || threads.size + starting >= 2 * size) return;
    generation.starting += 1;
    void this.#startAnother(generation).finally(() => {
      generation.starting -= 1;
      this.#replenish();
    });
  }

  async #startAnother(generation: Generation): Promise<void> {
    try {
      const { thread } = await ReviewThread.start(generation.program, REPLACEMENT_WARM_UP, this.#events);
      if (this.#stopped || generation !== this.#generation) return void thread.end();
      generation.threads.add(thread);
      this.#assign();
    } catch (error) {
      this.#options.replaced("crash", error instanceof Error ? error.message : String(error));
      await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY).unref());
    }
  }
}

function pendingCall(id: number, call: ReviewCall, settle: PendingCall["settle"]): PendingCall {
  return { id, call, arrived: performance.now(), failed: new Map(), deaths: 0, thread: undefined, settle };
}

function post(pending: PendingCall, thread: ReviewThread, suspects: ReadonlySet<string>): void {
  const { id, call, failed } = pending;
  pending.thread = thread;
  const deadline = performance.timeOrigin + call.deadline;
  thread.post({ id, webhook: call.webhook, body: call.body, deadline, failed, suspects });
}
