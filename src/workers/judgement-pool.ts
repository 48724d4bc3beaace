import { PortcullisError } from "../error.ts";
import { budgetAfter } from "./bounded-reviews.ts";
import { errorFields } from "./error-fields.ts";
import { Generation } from "./generation.ts";
import type { JudgementResult } from "./judgement.ts";
import type { JudgedReview, JudgeMessage } from "./message.ts";
import type { Program } from "./program.ts";
import type { ReviewThread } from "./review-thread.ts";

export interface JudgementPoolOptions {
  /** How many threads judge. */
  readonly size: number;
  /** Told why a thread was replaced. */
  readonly replaced: (why: string) => void;
}

/** A review that killed so many threads outside of any policy is not tried again. */
const MAX_DEATHS = 2;

/** An AdmissionReview, and what is asked. */
type Review = Pick<JudgeMessage, "stage" | "body">;

/** A review that has not been judged yet. */
interface PendingReview {
  readonly id: number;
  readonly review: () => Review;
  /** Entrypoints that ended a thread, with the milliseconds that they had. */
  readonly failed: Map<string, number>;
  /** How often a thread died of it without saying in which policy. */
  deaths: number;
  readonly settle: (result: JudgementResult) => void;
}

/**
 * Judges many reviews on worker threads, as `BoundedReviews` does in each of them: unlike in a server, nobody waits for
 * one review, so no thread is taken from a policy that is slow, and what it may take does not depend on other reviews.
 * Lives until it is stopped, without which its threads keep the process alive.
 */
export class JudgementPool {
  /** Whether its threads could be started. */
  readonly ready: Promise<boolean>;
  readonly #options: JudgementPoolOptions;
  readonly #generation: Generation<"judgements">;
  readonly #pending = new Map<number, PendingReview>();
  readonly #waiting: PendingReview[] = [];
  #lastId = 0;

  /** Starts its threads. */
  constructor(program: Program, options: JudgementPoolOptions) {
    this.#options = options;
    this.#generation = new Generation(program, {
      gives: "judgements",
      size: options.size,
      print: true,
      events: {
        answered: (_thread, { id, result }) => {
          this.#settle(id, result);
          this.#assign();
        },
        died: (thread, why) => this.#died(thread, why),
      },
      isStalled: () => false,
      joined: () => this.#assign(),
      failed: (why) => this.#notStarted(why),
    });
    this.ready = this.#generation.fill().then(
      () => {
        this.#assign();
        return true;
      },
      () => false,
    );
  }

  /** Judges every later review with these namespaces. */
  learn(namespaces: Program["namespaces"]): void {
    this.#generation.learn(namespaces);
  }

  /** Judges a review as soon as a thread has room for it; it is made then, and once more if the thread dies of it. */
  judge(review: () => Review): Promise<JudgementResult> {
    return new Promise((settle) => {
      this.#lastId += 1;
      const pending = { id: this.#lastId, review, failed: new Map(), deaths: 0, settle };
      this.#pending.set(pending.id, pending);
      this.#waiting.push(pending);
      this.#assign();
    });
  }

  /** Ends every thread, at once if it has started; reviews without a judgement never get one. */
  async stop(): Promise<void> {
    await this.ready;
    await Promise.all(this.#generation.close().map((thread) => thread.end()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#generation.freeThread();
      const pending = thread === undefined ? undefined : this.#waiting.shift();
      if (thread === undefined || pending === undefined) return;
      const { id, review, failed } = pending;
      thread.post({ id, ...review(), ...(failed.size === 0 ? {} : { failed }) });
    }
  }

  #settle(id: JudgedReview["id"], result: JudgementResult): void {
    this.#pending.get(id)?.settle(result);
    this.#pending.delete(id);
  }

  /** What it ran is held to be the reason. */
  #died(thread: ReviewThread<"judgements">, why: PortcullisError): void {
    const { call, entrypoint } = thread.running();
    const pending = this.#pending.get(call);
    if (pending !== undefined && entrypoint !== undefined) {
      pending.failed.set(entrypoint, budgetAfter(pending.failed.values()));
    } else if (pending !== undefined) {
      pending.deaths += 1;
      if (pending.deaths >= MAX_DEATHS) this.#settle(call, rejected(why));
    }
    this.#options.replaced(`${entrypoint === undefined ? "" : `in ${entrypoint}: `}${why.message}`);
    this.#generation.remove(thread);
    this.#waiting.unshift(...[...thread.posted].flatMap((id) => this.#pending.get(id) ?? []));
    this.#generation.replenish();
    this.#assign();
  }

  /** Where no thread is left, nobody knows whether there will be one again. */
  #notStarted(why: string): void {
    this.#options.replaced(why);
    if (this.#generation.threads.size > 0) return;
    this.#waiting.length = 0;
    for (const id of this.#pending.keys()) this.#settle(id, rejected(noThread(why)));
  }
}

function rejected(why: PortcullisError): JudgementResult {
  return { kind: "rejected", error: errorFields(why) };
}

function noThread(why: string): PortcullisError {
  return new PortcullisError("THREAD_FAILED", {
    message: `No worker thread could be started: ${why}`,
    remedy: "Give it more memory, or fewer manifests at a time.",
  });
}
