import { performance } from "node:perf_hooks";
import type { PortcullisError } from "../error.ts";
import { Generation } from "./generation.ts";
import { errorOf } from "./error-fields.ts";
import type { CallAnswer } from "./message.ts";
import { overloaded, stopped, tooLate, type PendingCall } from "./pending-call.ts";
import type { Program } from "./program.ts";
import type { Review, ReviewCall, ReviewResult } from "./review-call.ts";
import type { ReviewThread, ThreadEvents } from "./review-thread.ts";
import type { Running } from "./running-mark.ts";
import { Suspects } from "./suspects.ts";
import { Watchdog, type Overrun } from "./watchdog.ts";

export interface PoolOptions {
  /** How many threads decide. */
  readonly size: number;
  /** How many calls may wait for a thread; those that a thread has been given do not count. */
  readonly maxWaiting: number;
  /** Whether what policies `print` is wanted in records. Default: no. */
  readonly print?: boolean;
  /** Told what an operator should know; never called while an answer waits for it. */
  readonly replaced: (reason: ReplacementReason, why: string) => void;
}

/** Why a thread was replaced; also the label values of `portcullis_workers_replaced_total{reason}`. */
export const REPLACEMENT_REASONS = ["timeout", "crash"] as const;
export type ReplacementReason = (typeof REPLACEMENT_REASONS)[number];

/** A call that killed so many threads outside of any policy is not tried again. */
const MAX_DEATHS = 2;

/**
 * Decides calls on worker threads. Lives as long as the server; the only thing that knows which thread has which call.
 * A call is settled once, by whichever thread answers first.
 */
export class Pool {
  readonly #options: PoolOptions;
  readonly #calls = new Map<number, PendingCall>();
  readonly #waiting: PendingCall[] = [];
  readonly #events: ThreadEvents;
  readonly #watchdog: Watchdog<ReviewThread>;
  readonly #suspects = new Suspects();
  #generation: Generation;
  readonly #retired = new Set<ReviewThread>();
  #lastId = 0;
  #stopped = false;

  private constructor(program: Program, options: PoolOptions) {
    this.#options = options;
    this.#events = {
      answered: (thread, answer) => {
        const exceeded = answer.kind === "decided" ? answer.exceeded : undefined;
        if (exceeded !== undefined) this.#suspect(exceeded);
        this.#settle(answer.id, resultOf(answer, thread.policies));
        this.#afterAnswer(thread);
      },
      died: (thread, why) => this.#replaceCrashed(thread, why),
    };
    this.#watchdog = new Watchdog({
      threads: () => [...this.#generation.threads, ...this.#retired],
      calls: this.#calls,
      stalled: (thread, running) => this.#moveBehind(thread, running),
      crowded: (entrypoints) => this.#suspect(entrypoints),
      isSuspect: (entrypoint) => this.#isSuspect(entrypoint),
      overran: (thread, overrun) => this.#replaceOverrun(thread, overrun),
      late: (call) => this.#settle(call.id, tooLate(call)),
    });
    this.#generation = this.#next(program);
  }

  /** Settles when all threads are warm, with what failed when policies were tried. Throws what is wrong with the program. */
  static async start(
    program: Program,
    options: PoolOptions,
  ): Promise<{ readonly pool: Pool; readonly notes: readonly string[] }> {
    const pool = new Pool(program, options);
    const notes = await pool.#generation.fill();
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

  /** Decides every call from now on with these namespaces, until another program brings its own. */
  learn(namespaces: Program["namespaces"]): void {
    this.#generation.learn(namespaces);
  }

  /**
   * Decides with another program from now on: its threads are warm before they take over, and the old ones finish what
   * they were given. Throws what is wrong with the program; then nothing changes.
   */
  async swap(program: Program): Promise<readonly string[]> {
    const next = this.#next(program);
    const notes = await next.fill();
    if (this.#stopped) {
      await Promise.all(next.close().map((thread) => thread.end()));
      throw stopped().error;
    }
    const old = this.#generation;
    this.#generation = next;
    this.#suspects.clear();
    for (const thread of old.close()) this.#retire(thread);
    this.#assign();
    return notes;
  }

  /** Ends every thread; calls that have no answer are rejected. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watchdog.stop();
    const threads = [...this.#generation.close(), ...this.#retired];
    for (const id of this.#calls.keys()) this.#settle(id, stopped());
    await Promise.all(threads.map((thread) => thread.end()));
  }

  #next(program: Program): Generation {
    const { size, replaced, print = false } = this.#options;
    return new Generation(program, {
      gives: "answers",
      size,
      print,
      events: this.#events,
      isStalled: (thread) => this.#watchdog.isStalled(thread),
      joined: () => this.#assign(),
      failed: (why) => replaced("crash", why),
    });
  }

  /** Gives waiting calls to the threads that have the least to do. */
  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#generation.freeThread();
      const pending = thread === undefined ? undefined : this.#waiting.shift();
      if (thread === undefined || pending === undefined) return;
      if (this.#calls.has(pending.id)) post(pending, thread, this.#suspects.at(performance.now()));
    }
  }

  #settle(id: number, result: ReviewResult): void {
    const pending = this.#calls.get(id);
    if (pending === undefined) return;
    this.#calls.delete(id);
    pending.settle(result);
  }

  #afterAnswer(thread: ReviewThread): void {
    if (this.#retired.has(thread)) this.#endIfDone(thread);
    else if (thread.posted.size === 0 && this.#generation.isCrowded) this.#retire(thread);
    this.#assign();
  }

  #retire(thread: ReviewThread): void {
    this.#generation.remove(thread);
    this.#retired.add(thread);
    this.#endIfDone(thread);
  }

  #endIfDone(thread: ReviewThread): void {
    if (thread.posted.size > 0) return;
    this.#retired.delete(thread);
    this.#watchdog.forget(thread);
    void thread.end();
  }

  /**
   * Calls behind one that takes long go to other threads at once; whoever answers first has answered. A suspect holds its
   * thread for less time than it takes to start another.
   */
  #moveBehind(
    thread: ReviewThread,
    { call: running, entrypoint }: Pick<Running, "call" | "entrypoint">,
  ): void {
    const behind = [...thread.posted].flatMap((id) => {
      const pending = this.#calls.get(id);
      return id === running || pending?.thread !== thread ? [] : [pending];
    });
    this.#again(behind);
    if (entrypoint === undefined || !this.#isSuspect(entrypoint)) this.#generation.replenish();
  }

  #replaceOverrun(thread: ReviewThread, { call, entrypoint, milliseconds }: Overrun): void {
    if (entrypoint !== undefined) {
      call?.failed.set(entrypoint, milliseconds);
      this.#suspects.add(entrypoint, performance.now());
    }
    const what = entrypoint ?? "a review, outside of any policy,";
    this.#options.replaced("timeout", `${what} ran longer than ${milliseconds} ms`);
    void thread.end();
    this.#lose(thread, call);
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

  /** A call that used up its thread comes last: it must not hold up once more those that wait because of it. */
  #lose(thread: ReviewThread, overrun?: PendingCall): void {
    const posted = [...thread.posted].flatMap((id) => this.#calls.get(id) ?? []);
    this.#generation.remove(thread);
    this.#retired.delete(thread);
    this.#watchdog.forget(thread);
    const left = posted.filter((pending) => pending.thread === thread);
    if (overrun !== undefined && left.includes(overrun)) {
      overrun.thread = undefined;
      this.#waiting.push(overrun);
    }
    this.#again(left.filter((pending) => pending !== overrun));
    this.#generation.replenish();
  }

  /** They have waited already, so they come first. */
  #again(calls: readonly PendingCall[]): void {
    for (const pending of calls) pending.thread = undefined;
    this.#waiting.unshift(...calls);
    this.#assign();
  }

  #isSuspect(entrypoint: string): boolean {
    return this.#suspects.at(performance.now()).has(entrypoint);
  }

  #suspect(entrypoints: readonly string[]): void {
    for (const entrypoint of entrypoints) this.#suspects.add(entrypoint, performance.now());
  }
}

function resultOf(answer: CallAnswer, policies: readonly string[]): ReviewResult {
  if (answer.kind === "rejected") return { kind: "rejected", error: errorOf(answer.error) };
  const { body, unknownNamespace, request, counts, line, builtinErrors, printed } = answer;
  const record = {
    policies,
    request,
    counts,
    line,
    ...(builtinErrors === undefined ? {} : { builtinErrors }),
    ...(printed === undefined ? {} : { printed }),
  };
  const decided = { kind: "decided", body, record } as const;
  return unknownNamespace === undefined ? decided : { ...decided, unknownNamespace };
}

function pendingCall(id: number, call: ReviewCall, settle: PendingCall["settle"]): PendingCall {
  return { id, call, arrived: performance.now(), failed: new Map(), deaths: 0, thread: undefined, settle };
}

function post(pending: PendingCall, thread: ReviewThread, suspects: ReadonlySet<string>): void {
  const { id, call, failed } = pending;
  pending.thread = thread;
  const deadline = performance.timeOrigin + call.deadline;
  thread.post({
    id,
    webhook: call.webhook,
    body: call.body,
    deadline,
    ...(failed.size === 0 ? {} : { failed }),
    ...(suspects.size === 0 ? {} : { suspects }),
  });
}
