import { Worker } from "node:worker_threads";
import { PortcullisError } from "../error.ts";
import { errorOf, type CallMessage, type WorkerMessage } from "./message.ts";
import type { Program } from "./program.ts";
import { createRunningBuffer, readRunning, type Running } from "./running-mark.ts";

/** What a thread tells its pool. */
export interface ThreadEvents {
  readonly answered: (
    thread: ReviewThread,
    message: Extract<WorkerMessage, { readonly kind: "decided" | "rejected" }>,
  ) => void;
  /** It ended by itself: out of memory, or by a fault. Not told after `end`. */
  readonly died: (thread: ReviewThread, why: PortcullisError) => void;
}

/** MiB. Small, so that what a call leaves behind is cleared away before it is large (DESIGN, Speed). */
const YOUNG_GENERATION = 4;
/** MiB of JavaScript objects; the memory of WebAssembly is not among them. */
const OLD_GENERATION = 512;

// In the package the sources are JavaScript; nobody rewrites the suffix in a URL.
const ENTRY = new URL(`./review-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** One worker thread, as the main thread sees it. */
export class ReviewThread {
  /** The calls that were posted and not answered yet, in the order in which they are decided. */
  readonly posted = new Set<number>();
  readonly #worker: Worker;
  readonly #running = createRunningBuffer();
  #entrypoints: readonly string[] = [];
  #ended = false;

  private constructor(program: Program, warmUp: number) {
    this.#worker = new Worker(ENTRY, {
      workerData: { program, running: this.#running, warmUp },
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION,
        maxOldGenerationSizeMb: OLD_GENERATION,
      },
    });
  }

  /** Starts a thread and settles when it is warm. Throws what is wrong with the program, or THREAD_FAILED. */
  static async start(
    program: Program,
    warmUp: number,
    events: ThreadEvents,
  ): Promise<{ readonly thread: ReviewThread; readonly notes: readonly string[] }> {
    const thread = new ReviewThread(program, warmUp);
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
      worker.on("message", (message: WorkerMessage) => {
        if (message.kind === "ready") {
          isReady = true;
          thread.#entrypoints = message.entrypoints;
          resolve({ thread, notes: message.notes });
        } else if (message.kind === "unusable") {
          void thread.end();
          reject(errorOf(message.error));
        } else events.answered(thread, message);
      });
      worker.on("error", fail);
      worker.on("messageerror", fail);
      worker.on("exit", (code) => fail(new Error(`it ended with ${code}`)));
    });
  }

  post(call: CallMessage): void {
    this.posted.add(call.id);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(call);
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
