import type { BuiltinError, Engine, EvaluationNotes } from "../engine/index.ts";
import { firstOfEach } from "./first-of-each.ts";
import type { Snapshot } from "./snapshot.ts";

/** The rule of a policy that was evaluated. */
interface EvaluatedRule {
  readonly policy: string;
  /** `deny`, `patch` and so on. */
  readonly rule: string;
}

/** A builtin function that failed in a rule: what depended on it was undefined. */
type PolicyBuiltinError = EvaluatedRule & BuiltinError;

/** What `print` wrote in a rule. */
export interface PrintedLine extends EvaluatedRule {
  readonly text: string;
}

/** What the evaluations of one request told beside their values. */
export interface DecisionNotes {
  /** At most MAX_BUILTIN_ERRORS. */
  readonly builtinErrors: readonly PolicyBuiltinError[];
  /** How many there are beside them. */
  readonly moreBuiltinErrors: number;
  readonly printed: readonly PrintedLine[];
}

const MAX_BUILTIN_ERRORS = 20;

/** An engine, and what its evaluations have told so far. */
export interface NotedEngine {
  readonly engine: Engine;
  /** Undefined if they told nothing. */
  readonly notes: (snapshot: Snapshot) => DecisionNotes | undefined;
}

/** Listens to what the evaluations of one request tell. */
export function notedEngine(engine: Engine): NotedEngine {
  const heard: (readonly [entrypoint: string, notes: EvaluationNotes])[] = [];
  return {
    engine: {
      entrypoints: engine.entrypoints,
      open: (call) => {
        const session = engine.open(call);
        return {
          evaluate: (entrypoint, input) => {
            const result = session.evaluate(entrypoint, input);
            if (result.notes !== undefined) heard.push([entrypoint, result.notes]);
            return result;
          },
        };
      },
    },
    notes: (snapshot) => (heard.length === 0 ? undefined : decisionNotes(heard, snapshot)),
  };
}

function decisionNotes(
  heard: readonly (readonly [entrypoint: string, notes: EvaluationNotes])[],
  snapshot: Snapshot,
): DecisionNotes {
  const told = heard.map(([entrypoint, notes]) => ({ notes, evaluated: ruleOf(entrypoint, snapshot) }));
  // A patch rule is evaluated on several versions of the object, and fails the same way on each.
  const errors = firstOfEach(
    told.flatMap(({ notes, evaluated }) => notes.builtinErrors.map((error) => ({ ...evaluated, ...error }))),
    ({ policy, rule, message }) => [policy, rule, message],
  );
  const more = told.reduce((sum, { notes }) => sum + notes.moreBuiltinErrors, 0);
  return {
    builtinErrors: errors.slice(0, MAX_BUILTIN_ERRORS),
    moreBuiltinErrors: more + Math.max(0, errors.length - MAX_BUILTIN_ERRORS),
    printed: told.flatMap(({ notes, evaluated }) => notes.printed.map((text) => ({ ...evaluated, text }))),
  };
}

function ruleOf(entrypoint: string, { policies }: Snapshot): EvaluatedRule {
  const found = policies.find(({ bound }) =>
    Object.values(bound.policy.entrypoints).includes(entrypoint),
  )?.bound;
  const rule = entrypoint.slice(entrypoint.lastIndexOf("/") + 1);
  return { policy: found?.policy.id ?? entrypoint, rule };
}
