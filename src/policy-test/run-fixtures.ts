import type { EvaluationNotes, EvaluationResult, LoadedEngine } from "../engine/index.ts";
import { PortcullisError } from "../error.ts";
import { fixtureRunner, type Fixture, type FixtureMeans, type FixtureRun } from "./fixtures/index.ts";
import { withoutMarks } from "./rule-marks.ts";
import { MARK_CHARACTERS, type RunOptions } from "./run-tests.ts";

export interface FixtureOptions extends Omit<RunOptions, "root"> {
  readonly policies: FixtureMeans["policies"];
  readonly engine: LoadedEngine;
  readonly yaml: FixtureMeans["yaml"];
  /** Gets the marks that were reached, if the engine's module has any. */
  readonly reached: Set<string>;
}

/** Judges the wanted fixtures one after the other; one that never ends is an error, and the next is judged. */
export function runFixtures(fixtures: readonly Fixture[], options: FixtureOptions): readonly FixtureRun[] {
  const { policies, engine, yaml, reached, now, bounded, timeLimit, wanted, began } = options;
  const call = { now, seed: "fixtures", print: true };
  const judge = fixtureRunner({ policies, engine: withoutMarksIn(engine, reached), call, yaml });
  return fixtures
    .filter(({ name }) => wanted(name))
    .map((fixture) => {
      began(fixture.name);
      const ended = bounded(timeLimit, () => judge(fixture));
      if (ended !== undefined) return ended.value;
      engine.abandon();
      return stopped(fixture, timeLimit);
    });
}

/** Evaluates as the engine does; the marks of a module that has them go to `reached`. */
function withoutMarksIn(engine: LoadedEngine, reached: Set<string>): FixtureMeans["engine"] {
  return {
    entrypoints: engine.entrypoints,
    open: (call) => {
      const session = engine.open({ ...call, printedCharacters: MARK_CHARACTERS });
      return { evaluate: (entrypoint, input) => cleaned(session.evaluate(entrypoint, input), reached) };
    },
  };
}

function cleaned(result: EvaluationResult, reached: Set<string>): EvaluationResult {
  if (result.notes === undefined) return result;
  const notes = { ...result.notes, printed: withoutMarks(result.notes.printed, reached) };
  const { notes: _with, ...bare } = result;
  return isEmpty(notes) ? bare : { ...result, notes };
}

function isEmpty({ builtinErrors, moreBuiltinErrors, printed }: EvaluationNotes): boolean {
  return builtinErrors.length + moreBuiltinErrors + printed.length === 0;
}

function stopped({ name, position }: Fixture, milliseconds: number): FixtureRun {
  const error = new PortcullisError("EVALUATION_TIMEOUT", {
    message: `The fixture ${name} was stopped: it ran longer than ${milliseconds} ms.`,
    remedy: "Let the policies look at fewer things, or give tests more time with `--timeout`.",
    position,
  });
  const outcome = { kind: "error", error } as const;
  const result = {
    kind: "fixture",
    name,
    position,
    seconds: milliseconds / 1_000,
    printed: [],
    outcome,
  } as const;
  return { result, update: undefined };
}
