import { performance } from "node:perf_hooks";
import type { RunningServer } from "../running-server.ts";
import * as life from "./life.ts";

/** Requests every PAUSE milliseconds: 600 a second, which leaves room on two cores for what changes beside them. */
const BATCH = 6;
const PAUSE = 10;

/** Who decided: the message and the revision of one answer. */
export interface Origin {
  readonly message: string;
  readonly annotations: string;
}

/** Sends at a steady rate until it is told to stop, and keeps every answer; a failed request ends it. */
export class SteadyLoad {
  readonly #answers: Promise<Origin>[] = [];
  readonly #start = performance.now();
  readonly #timer: NodeJS.Timeout;
  #answered = 0;

  constructor(server: RunningServer) {
    this.#timer = setInterval(() => {
      // Timers come late on a busy machine: what was due meanwhile is sent as well.
      const due = Math.floor(((performance.now() - this.#start) / PAUSE) * BATCH);
      while (this.#answers.length < due) this.#answers.push(this.#send(server));
    }, PAUSE);
  }

  /** How many were answered so far. */
  get answered(): number {
    return this.#answered;
  }

  async stop(): Promise<{
    readonly answers: readonly PromiseSettledResult<Origin>[];
    readonly rate: number;
  }> {
    clearInterval(this.#timer);
    const answers = await Promise.allSettled(this.#answers);
    return { answers, rate: answers.length / ((performance.now() - this.#start) / 1_000) };
  }

  async #send(server: RunningServer): Promise<Origin> {
    const origin = await originOf(server);
    this.#answered += 1;
    return origin;
  }
}

/** Asks for a decision on a Pod without labels; by `postAlone` it does not wait behind all that a load has still to send. */
export async function originOf(server: RunningServer, by: "post" | "postAlone" = "post"): Promise<Origin> {
  const { status, auditAnnotations } = life.verdictOf(
    await server[by]("/validate?timeout=10s", life.podReview({})),
  );
  return { message: status?.message ?? "", annotations: Object.values(auditAnnotations).join(" ") };
}
