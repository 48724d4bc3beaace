import type { Work } from "./message.ts";
import type { Program } from "./program.ts";
import { ReviewThread, type ThreadEvents } from "./review-thread.ts";

/** What the threads of a program need from their pool. */
export interface GenerationOptions<Gives extends keyof Work> {
  readonly gives: Gives;
  /** How many threads decide. */
  readonly size: number;
  /** Whether anybody wants what `print` writes. */
  readonly print: boolean;
  readonly events: ThreadEvents<Gives>;
  readonly isStalled: (thread: ReviewThread<Gives>) => boolean;
  /** Told when a thread has joined that was started in place of another. */
  readonly joined: () => void;
  /** Told why such a thread could not be started; it is tried again. */
  readonly failed: (why: string) => void;
}

/** Calls that a thread is given ahead: each wake-up that is saved is worth more than the policies (DESIGN, Speed). */
const DEPTH: Readonly<Record<keyof Work, number>> = { answers: 8, judgements: 32 };
/** Milliseconds before a thread that could not be started is tried again. */
const RESTART_DELAY = 1_000;
/** After so many calls V8 has compiled what runs often; more of them change the time of a call no further. */
const WARM_UP: Readonly<Record<keyof Work, number>> = { answers: 300, judgements: 0 };
/** A thread that replaces another is needed at once. */
const REPLACEMENT_WARM_UP: Readonly<Record<keyof Work, number>> = { answers: 5, judgements: 0 };

/** The threads that decide by one program. Lives until the pool gets another program, or ends. */
export class Generation<Gives extends keyof Work = "answers"> {
  readonly #program: Program;
  readonly #options: GenerationOptions<Gives>;
  #namespaces: Program["namespaces"];
  readonly #threads = new Set<ReviewThread<Gives>>();
  /** How many are being started in place of others. */
  #starting = 0;
  #closed = false;

  constructor(program: Program, options: GenerationOptions<Gives>) {
    this.#program = program;
    this.#namespaces = program.namespaces;
    this.#options = options;
  }

  /** Starts its threads. Settles when all are warm, with what failed when policies were tried. Throws what is wrong with the program. */
  async fill(): Promise<readonly string[]> {
    const { size, events, gives, print } = this.#options;
    const options = { program: this.#program, gives, print, warmUp: WARM_UP[gives] };
    const starts = await Promise.allSettled(
      Array.from({ length: size }, () => ReviewThread.start(options, events)),
    );
    const started = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
    const failed = starts.find((start) => start.status === "rejected");
    if (failed !== undefined) {
      // One may have started where another has not: it must not live on with nobody who knows it.
      await Promise.all(started.map(({ thread }) => thread.end()));
      throw failed.reason;
    }
    for (const { thread } of started) this.#join(thread);
    return started[0]?.notes ?? [];
  }

  /** Lets its threads, also those to come, decide with these namespaces. */
  learn(namespaces: Program["namespaces"]): void {
    this.#namespaces = namespaces;
    for (const thread of this.#threads) thread.learn(namespaces);
  }

  get threads(): ReadonlySet<ReviewThread<Gives>> {
    return this.#threads;
  }

  /** Whether there are more threads than there should be, as after one that was held up came back. */
  get isCrowded(): boolean {
    return this.#working() > this.#options.size;
  }

  /** The thread with the least to do, if one has room. */
  freeThread(): ReviewThread<Gives> | undefined {
    const depth = DEPTH[this.#options.gives];
    let best: ReviewThread<Gives> | undefined;
    for (const thread of this.#threads) {
      const isFree = thread.posted.size < depth && !this.#options.isStalled(thread);
      if (isFree && (best === undefined || thread.posted.size < best.posted.size)) best = thread;
    }
    return best;
  }

  remove(thread: ReviewThread<Gives>): void {
    this.#threads.delete(thread);
  }

  /** Takes all threads away, and lets none join any more. */
  close(): readonly ReviewThread<Gives>[] {
    this.#closed = true;
    const threads = [...this.#threads];
    this.#threads.clear();
    return threads;
  }

  /** Keeps as many threads at work as there should be, at most twice as many while some are held up. */
  replenish(): void {
    const { size } = this.#options;
    const count = this.#threads.size + this.#starting;
    if (this.#closed || this.#working() + this.#starting >= size || count >= 2 * size) return;
    this.#starting += 1;
    void this.#startAnother().finally(() => {
      this.#starting -= 1;
      this.replenish();
    });
  }

  /** How many threads are not held up. */
  #working(): number {
    let count = 0;
    for (const thread of this.#threads) if (!this.#options.isStalled(thread)) count += 1;
    return count;
  }

  /** What has changed while it started it learns before its first call. */
  #join(thread: ReviewThread<Gives>): void {
    thread.learn(this.#namespaces);
    this.#threads.add(thread);
  }

  async #startAnother(): Promise<void> {
    const { events, joined, failed, gives, print } = this.#options;
    const options = { program: this.#program, gives, print, warmUp: REPLACEMENT_WARM_UP[gives] };
    try {
      const { thread } = await ReviewThread.start(options, events);
      if (this.#closed) return void thread.end();
      this.#join(thread);
      joined();
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
      await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY).unref());
    }
  }
}
