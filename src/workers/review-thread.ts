import { Worker, type ResourceLimits } from "node:worker_threads";
import { PortcullisError } from "../error.ts";
import { errorOf } from "./error-fields.ts";
import type { NamespacesMessage, Work, WorkerData, WorkerMessage } from "./message.ts";
import { namespaceChanges } from "./namespace-changes.ts";
import type { Program } from "./program.ts";
import { createRunningBuffer, readRunning, type Running } from "./running-mark.ts";

/** What a thread tells its pool. */
export interface ThreadEvents<Gives extends keyof Work = "answers"> {
  readonly answered: (thread: ReviewThread<Gives>, answer: Work[Gives]["answer"]) => void;
  /** It ended by itself: out of memory, or by a fault. Not told after `end`. */
  readonly died: (thread: ReviewThread<Gives>, why: PortcullisError) => void;
}

/** What a thread may have of JavaScript objects, in MiB; the memory of WebAssembly is not among them. */
const MEMORY: Readonly<Record<keyof Work, ResourceLimits>> = {
  // Young objects have little room, so that what a call leaves behind is cleared away before it is large (DESIGN, Speed).
  answers: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 512 },
  // What fits into `eval` must fit into its threads.
  judgements: {},
};

/** What a thread is started with. */
type ThreadStart<Gives extends keyof Work> = Pick<WorkerData, "program" | "print" | "warmUp"> & {
  readonly gives: Gives;
};

// In the package the sources are JavaScript; nobody rewrites the suffix in a URL.
const ENTRY = new URL(`./review-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** One worker thread, as the main thread sees it. */
export class ReviewThread<Gives extends keyof Work = "answers"> {
  /** The calls that were posted and not answered yet, in the order in which they are decided. */
  readonly posted = new Set<number>();
  readonly #worker: Worker;
  readonly #running = createRunningBuffer();
  #entrypoints: readonly string[] = [];
  #policies: readonly string[] = [];
  #namespaces: Program["namespaces"];
  #ended = false;

  private constructor(start: ThreadStart<Gives>) {
    this.#namespaces = start.program.namespaces;
    const workerData: WorkerData = { ...start, running: this.#running };
    this.#worker = new Worker(ENTRY, { workerData, resourceLimits: MEMORY[start.gives] });
  }

  /** Starts a thread and settles when it is warm. Throws what is wrong with the program, or THREAD_FAILED. */
  static async start<Gives extends keyof Work>(
    start: ThreadStart<Gives>,
    events: ThreadEvents<Gives>,
  ): Promise<{ readonly thread: ReviewThread<Gives>; readonly notes: readonly string[] }> {
    const thread = new ReviewThread(start);
    return new Promise((resolve, reject) => {
      const worker = thread.#worker;
      let isReady = false;
      const fail = (cause: unknown): void => {
        if (thread.#ended) return;
        thread.#ended = true;
        const why = threadFailed(cause);
        if (isReady) events.died(thread, why);
        else reject(why);
      };
      worker.on("message", (message: WorkerMessage<Work[Gives]["answer"]>) => {
        if (message.kind === "ready") {
          isReady = true;
          thread.#entrypoints = message.entrypoints;
          thread.#policies = message.policies;
          resolve({ thread, notes: message.notes });
        } else if (message.kind === "unusable") {
          void thread.end();
          reject(errorOf(message.error));
        } else thread.#answered(message.answers, events);
      });
      worker.on("error", fail);
      worker.on("messageerror", fail);
      worker.on("exit", (code) => fail(new Error(`it ended with ${code}`)));
    });
  }

  post(call: Work[Gives]["call"]): void {
    this.posted.add(call.id);
    // The whole buffer beneath a view goes along, and a body that came in pieces has one with room to spare.
    const isRoomy = call.body.buffer.byteLength > 2 * call.body.length;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(isRoomy ? { ...call, body: new Uint8Array(call.body) } : call);
  }

  /** Lets every call that is posted from now on be decided with these namespaces. */
  learn(namespaces: Program["namespaces"]): void {
    const changes = namespaceChanges(this.#namespaces, namespaces);
    this.#namespaces = namespaces;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    if (changes.size > 0) this.#worker.postMessage({ namespaces: changes } satisfies NamespacesMessage);
  }

  /** The ids of its policies by the numbers that it uses. */
  get policies(): readonly string[] {
    return this.#policies;
  }

  #answered(answers: readonly Work[Gives]["answer"][], { answered }: ThreadEvents<Gives>): void {
    for (const answer of answers) {
      this.posted.delete(answer.id);
      answered(this, answer);
    }
  }

  running(): Running {
    return readRunning(this.#running, this.#entrypoints);
  }

  /** Ends it at once, whatever it does. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }
}

function threadFailed(cause: unknown): PortcullisError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PortcullisError("THREAD_FAILED", {
    message: `A worker thread ended by itself: ${why}.`,
    remedy: "Look in the log for the policy that it ran; give the container more memory if that was used up.",
    cause,
  });
}
