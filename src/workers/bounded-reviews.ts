import { performance } from "node:perf_hooks";
import type { Surroundings } from "../admission/admit.ts";
import { answer } from "../admission/answer.ts";
import type { Engine, EvaluationSession, LoadedEngine } from "../engine/index.ts";
import { currentCall } from "./current-call.ts";
import { errorFields } from "./error-fields.ts";
import { judgementResult, type JudgementResult } from "./judgement.ts";
import type { JudgeMessage, NamespacesMessage } from "./message.ts";
import { changedNamespaces } from "./namespace-changes.ts";
import { loadSurroundings, type Program } from "./program.ts";
import { createRunningBuffer, RunningMark } from "./running-mark.ts";
import { superviseEngine, type Supervision } from "./supervised-engine.ts";
import { TimeLimit } from "./time-limit.ts";

/** Milliseconds for reviews that are decided together, hundreds of times what they take. */
const TOGETHER = 1_000;
/** Milliseconds that the server has for a review where a webhook has Kubernetes' default of 10 s. */
const REVIEW_TIME = 9_500;
/** Part of the remaining time that one policy may take, as in the server. */
const BUDGET_SHARE = 1 / 3;
/** No policy is stopped before so many milliseconds, as in the server. */
const MINIMUM_BUDGET = 50;

interface LoadedReviews extends Surroundings {
  readonly engine: LoadedEngine;
  /** The engine, as `#supervision` has it. */
  readonly supervised: Engine;
}

const UNLIMITED: Supervision = {
  failed: new Map(),
  // Unlike a server, nobody is held up here: what a policy may take never depends on other objects.
  suspects: new Set(),
  expired: () => false,
  exceeded: () => undefined,
};

/**
 * Judges reviews in the thread that calls. A policy that does not end is stopped when the server would stop it, and
 * becomes the same policy error. To watch every evaluation takes longer than most evaluations; so reviews are decided
 * together under one limit, and where that is passed, again and one by one.
 */
export class BoundedReviews {
  readonly #limit = new TimeLimit();
  readonly #mark: RunningMark;
  #program: Program;
  #loaded: LoadedReviews;
  #supervision = UNLIMITED;
  /** Whether a policy was stopped before: if it is again, the limit for all would be waited for in vain. */
  #oneByOne = false;

  /** `running` is where it tells what it runs. Throws what `loadSurroundings` throws. */
  constructor(program: Program, running = createRunningBuffer()) {
    this.#program = program;
    const loaded = loadSurroundings(program);
    this.#mark = new RunningMark(running, [...loaded.engine.entrypoints]);
    this.#loaded = this.#supervised(loaded);
  }

  get entrypoints(): ReadonlySet<string> {
    return this.#loaded.engine.entrypoints;
  }

  /** Judges every later review with the changed namespaces. */
  learn(changes: NamespacesMessage["namespaces"]): void {
    const namespaces = changedNamespaces(this.#program.namespaces, changes);
    this.#program = { ...this.#program, namespaces };
    this.#loaded = { ...this.#loaded, snapshot: { ...this.#loaded.snapshot, namespaces } };
  }

  /** Every review with what it came to, in their order; each as soon as it is there. */
  *results<T extends JudgeMessage>(reviews: readonly T[]): Generator<readonly [T, JudgementResult]> {
    let rest = reviews;
    while (rest.length > 0) {
      const given = this.#oneByOne ? [] : this.#together(rest);
      yield* given;
      const slow = rest[given.length];
      if (slow !== undefined) yield [slow, this.#alone(slow)];
      rest = rest.slice(given.length + 1);
    }
  }

  /** The first of these reviews with what they came to, as many as there were in time. */
  #together<T extends JudgeMessage>(reviews: readonly T[]): readonly (readonly [T, JudgementResult])[] {
    const { snapshot, supervised: engine } = this.#loaded;
    const given: (readonly [T, JudgementResult])[] = [];
    const { kind } = this.#limit.run(TOGETHER, () => {
      for (const review of reviews) {
        // What ended a thread would end this one too.
        if (review.failed !== undefined) return;
        given.push([review, this.#judge(review, { snapshot, engine })]);
      }
    });
    if (kind === "stopped") {
      // What was broken off may have left anything half done.
      this.#mark.end();
      this.#loaded = this.#supervised(loadSurroundings(this.#program));
    }
    return given;
  }

  #supervised({ snapshot, engine }: ReturnType<typeof loadSurroundings>): LoadedReviews {
    return { snapshot, engine, supervised: superviseEngine(engine, this.#mark, () => this.#supervision) };
  }

  #alone(review: JudgeMessage): JudgementResult {
    this.#mark.call(review.id);
    const result = this.#judge(review, { snapshot: this.#loaded.snapshot, engine: this.#bounded(review) });
    this.#supervision = UNLIMITED;
    return result;
  }

  #judge({ id, body, stage }: JudgeMessage, surroundings: Surroundings): JudgementResult {
    this.#mark.call(id);
    try {
      return judgementResult(answer(body, stage, surroundings, { ...currentCall(), print: true }));
    } catch (error) {
      return { kind: "rejected", error: errorFields(error) };
    } finally {
      this.#mark.call(0);
    }
  }

  /** An engine for one review. */
  #bounded({ failed }: JudgeMessage): Engine {
    const { engine, supervised } = this.#loaded;
    const stopped = new Map(failed);
    return {
      entrypoints: engine.entrypoints,
      open: (call) => {
        // A session is for one stage: the server has a request, and its time, for each.
        const deadline = performance.now() + REVIEW_TIME;
        const expired = (): boolean => performance.now() >= deadline;
        this.#supervision = { ...UNLIMITED, failed: stopped, expired };
        let session = supervised.open(call);
        const evaluate: EvaluationSession["evaluate"] = (entrypoint, input) => {
          const budget = budgetAfter(stopped.values());
          const limited = this.#limit.run(budget, () => session.evaluate(entrypoint, input));
          if (limited.kind === "ended") return limited.value;
          this.#mark.end();
          engine.abandon();
          this.#oneByOne = true;
          stopped.set(entrypoint, budget);
          session = supervised.open(call);
          return session.evaluate(entrypoint, input);
        };
        return { evaluate };
      },
    };
  }
}

/** Milliseconds for one policy after others were stopped; not by the clock, so that the same objects give the same text. */
export function budgetAfter(stopped: Iterable<number>): number {
  let left = REVIEW_TIME;
  for (const budget of stopped) left -= budget;
  return Math.max(MINIMUM_BUDGET, Math.round(left * BUDGET_SHARE));
}
