import type { Engine, EvaluationResult, EvaluationSession, LoadedEngine } from "../engine/index.ts";
import { PortcullisError } from "../error.ts";
import type { RunningMark } from "./running-mark.ts";
import { TimeLimit } from "./time-limit.ts";

/** What holds for the request that a worker decides. Changes from request to request. */
export interface Supervision {
  /** Entrypoints that are not run any more, with the milliseconds after which each was stopped. */
  readonly failed: ReadonlyMap<string, number>;
  /** Entrypoints that have taken more than they may lately, in this call or another. */
  readonly suspects: ReadonlySet<string>;
  /** Whether the time of the request is over. */
  readonly expired: () => boolean;
  /** Told of an entrypoint that took more memory than it may or, as a suspect, more time. */
  readonly exceeded: (entrypoint: string) => void;
}

/**
 * Milliseconds of processor time that a policy may take, all attempts together, for a while after it has run out of time:
 * more than ten times what policies take, and little enough that such calls, however many, do not hold up the others.
 */
const SUSPECT_WORK = 15;
/**
 * Milliseconds of each attempt. One is never enough to be worked in: what is done in a moment may have to wait for garbage
 * to be collected, or for a new instance. On a busy machine a thread may wait so long for a core that it hardly works.
 */
const SUSPECT_BUDGETS = [12, 25, 50, 100];

/**
 * An engine that tells outside of the thread what it runs, that does not run what was stopped before, and that runs
 * nothing once the time is over: such evaluations are errors, each under its own binding's `failurePolicy`. A suspect is
 * broken off without the thread being lost.
 */
export function superviseEngine(engine: LoadedEngine, mark: RunningMark, current: () => Supervision): Engine {
  const limit = new TimeLimit();
  return {
    entrypoints: engine.entrypoints,
    open: (call) => {
      let session = engine.open(call);
      const { failed, suspects, expired, exceeded } = current();
      const evaluate: EvaluationSession["evaluate"] = (entrypoint, input) => {
        mark.begin(entrypoint);
        const result = session.evaluate(entrypoint, input);
        mark.end();
        if (result.kind === "error" && result.error.code === "EVALUATION_MEMORY") exceeded(entrypoint);
        return result;
      };
      return {
        evaluate: (entrypoint, input) => {
          const stoppedAfter = failed.get(entrypoint);
          if (stoppedAfter !== undefined) return stopped(entrypoint, stoppedAfter);
          if (expired()) return { kind: "error", error: notEvaluated(), seconds: 0 };
          if (!suspects.has(entrypoint)) return evaluate(entrypoint, input);
          let worked = 0;
          for (const budget of SUSPECT_BUDGETS) {
            const limited = limit.run(budget, () => evaluate(entrypoint, input));
            if (limited.kind === "ended") return limited.value;
            mark.end();
            engine.abandon();
            session = engine.open(call);
            worked += limited.worked;
            if (worked >= SUSPECT_WORK) break;
          }
          exceeded(entrypoint);
          return stopped(entrypoint, SUSPECT_WORK);
        },
      };
    },
  };
}

function stopped(entrypoint: string, milliseconds: number): EvaluationResult {
  return { kind: "error", error: timeout(entrypoint, milliseconds), seconds: milliseconds / 1_000 };
}

function timeout(entrypoint: string, milliseconds: number): PortcullisError {
  return new PortcullisError("EVALUATION_TIMEOUT", {
    message: `The rule ${entrypoint} was stopped: it ran longer than ${milliseconds} ms, or needed more memory than a thread has.`,
    remedy:
      "Let the rule look at fewer things, or bound what it repeats; then try it with `portcullis eval`.",
  });
}

function notEvaluated(): PortcullisError {
  return new PortcullisError("EVALUATION_SKIPPED", {
    message: "It was not evaluated: the time of the request was over before its turn.",
    remedy: "Look in the log for policies that ran out of time, or raise timeoutSeconds of the webhook.",
  });
}
