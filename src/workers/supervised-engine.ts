import type { Engine } from "../engine/engine.ts";
import { PortcullisError } from "../error.ts";
import type { RunningMark } from "./running-mark.ts";

/** What holds for the request that a worker decides. Changes from request to request. */
export interface Supervision {
  /** Entrypoints that are not run any more, with the milliseconds after which each was stopped. */
  readonly failed: ReadonlyMap<string, number>;
  /** Whether the time of the request is over. */
  readonly expired: () => boolean;
}

/**
 * An engine that tells outside of the thread what it runs, that does not run what was stopped before, and that runs
 * nothing once the time is over: such evaluations are errors, each under its own binding's `failurePolicy`.
 */
export function superviseEngine(engine: Engine, mark: RunningMark, current: () => Supervision): Engine {
  return {
    entrypoints: engine.entrypoints,
    open: (call) => {
      const session = engine.open(call);
      const { failed, expired } = current();
      return {
        evaluate: (entrypoint, input) => {
          const stoppedAfter = failed.get(entrypoint);
          if (stoppedAfter !== undefined) return failure(timeout(entrypoint, stoppedAfter));
          if (expired()) return failure(notEvaluated());
          mark.begin(entrypoint);
          const result = session.evaluate(entrypoint, input);
          mark.end();
          return result;
        },
      };
    },
  };
}

function failure(error: PortcullisError) {
  return { kind: "error", error, seconds: 0 } as const;
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
