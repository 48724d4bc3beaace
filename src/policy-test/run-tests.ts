import { join } from "node:path";
import {
  type EvaluationResult,
  type InputDocument,
  type LoadedEngine,
  loadEngine,
  RegoObject,
  RegoSet,
  type RegoValue,
  valueToRego,
} from "../engine/index.ts";
import { PortcullisError } from "../error.ts";
import type { RegoTest } from "./rego-test.ts";
import { withoutMarks } from "./rule-marks.ts";
import type { TestProgram, UncompiledTest } from "./test-program.ts";
import type { TestOutcome, TestPosition, TestResult } from "./test-result.ts";

/** Runs a function that is broken off after some milliseconds; undefined if it was. */
type Bounded = <T>(milliseconds: number, work: () => T) => { readonly value: T } | undefined;

export interface RunOptions {
  /** The policy root as the user named it. */
  readonly root: string;
  /** Which tests are wanted, by the names of their results. */
  readonly wanted: (name: string) => boolean;
  /** Milliseconds that each test has. */
  readonly timeLimit: number;
  readonly bounded: Bounded;
  /** Nanoseconds since 1970: `time.now_ns` of all tests. */
  readonly now: bigint;
  /** Told of each test that begins. */
  readonly began: (name: string) => void;
}

/** A result, and what it comes from: a rule and, of a table, the keys of the case. */
export interface RegoResult extends TestResult {
  readonly kind: "rego";
  readonly test: RegoTest;
  /** As `valueToRego` writes the list of keys; absent for a rule as a whole. */
  readonly caseKeys?: string;
}

export interface RunTests {
  readonly results: readonly RegoResult[];
  /** Of the marks that were reached, if the program has any. */
  readonly reached: ReadonlySet<string>;
}

/** Tests have no input but what they give themselves with `with`. */
const NO_INPUT: InputDocument = { text: "{}", members: [], shared: false };

/** A marked rule may be reached again and again; the engine's own bound is made for what people print. */
export const MARK_CHARACTERS = 2 ** 24;

/** So many characters of a test's value are shown. */
const MAX_SHOWN = 200;

/** Runs compiled tests one after the other; whatever one does, the next is run. Throws what `loadEngine` throws. */
export function runTests(program: TestProgram, options: RunOptions): RunTests {
  const reached = new Set<string>();
  const failed = program.uncompiled.map((each) => uncompiledResult(each, options.root));
  const results = program.tests.length === 0 ? [] : new Runner(program, options, reached).results();
  const all = [...failed, ...results].filter(({ name }) => options.wanted(name));
  return { results: all.sort(byPosition), reached };
}

class Runner {
  readonly #program: TestProgram;
  readonly #options: RunOptions;
  readonly #reached: Set<string>;
  readonly #engine: LoadedEngine;

  constructor(program: TestProgram, options: RunOptions, reached: Set<string>) {
    this.#program = program;
    this.#options = options;
    this.#reached = reached;
    const file = "the compiled tests";
    this.#engine = loadEngine({ wasm: program.wasm, data: program.data, file });
  }

  results(): readonly RegoResult[] {
    try {
      return this.#program.tests
        .filter(({ name, cases }) => cases !== undefined || this.#options.wanted(name))
        .flatMap((test) => this.#run(test));
    } finally {
      this.#engine.close();
    }
  }

  #run(test: RegoTest): readonly RegoResult[] {
    const position = positionOf(test, this.#options.root);
    const result = (told: Told, outcome: TestOutcome): RegoResult => {
      return { kind: "rego", name: test.name, position, ...told, outcome, test };
    };
    if (test.isSkipped) return [result(NOTHING_TOLD, { kind: "skipped", reason: "Its name says todo." })];
    this.#options.began(test.name);
    const [evaluated, told] = this.#evaluate(test.name, test.entrypoint, position);
    if (evaluated.kind === "error") return [result(told, { kind: "error", error: evaluated.error })];
    if (test.cases === undefined) return [result(told, outcomeOf(evaluated.value, position))];
    const [cases] = this.#evaluate(test.name, test.cases, position);
    if (cases.kind === "error") return [result(told, { kind: "error", error: cases.error })];
    const found = casesOf(evaluated.value, cases.value);
    if (found.length === 0) return [result(told, emptyTable(position))];
    return found.map(({ name, keys, value }) => ({
      ...result(told, outcomeOf(value, position)),
      name: `${test.name}${name}`,
      caseKeys: keys,
    }));
  }

  #evaluate(name: string, entrypoint: string, position: TestPosition): readonly [EvaluationResult, Told] {
    const { bounded, timeLimit, now } = this.#options;
    const call = { now, seed: name, print: true, ...this.#printedCharacters() };
    const ended = bounded(timeLimit, () => this.#engine.open(call).evaluate(entrypoint, NO_INPUT));
    if (ended === undefined) {
      this.#engine.abandon();
      const told = { seconds: timeLimit / 1_000, printed: [] };
      return [{ kind: "error", error: timeout(name, timeLimit, position), seconds: told.seconds }, told];
    }
    return [placed(ended.value, this.#options.root), this.#told(ended.value)];
  }

  #printedCharacters(): { readonly printedCharacters?: number } {
    return this.#program.marked.length === 0 ? {} : { printedCharacters: MARK_CHARACTERS };
  }

  #told({ seconds, notes }: EvaluationResult): Told {
    return { seconds, printed: withoutMarks(notes?.printed ?? [], this.#reached) };
  }
}

/** The engine knows files as they were compiled: below the policy root. */
function placed(result: EvaluationResult, root: string): EvaluationResult {
  if (result.kind === "value" || result.error.position === undefined) return result;
  const { code, message, remedy, position } = result.error;
  const inRoot = { ...position, file: join(root, position.file) };
  return { ...result, error: new PortcullisError(code, { message, remedy, position: inRoot }) };
}

type Told = Pick<TestResult, "seconds" | "printed">;
const NOTHING_TOLD: Told = { seconds: 0, printed: [] };

function outcomeOf(value: RegoValue | undefined, at: TestPosition): TestOutcome {
  if (value === true) return { kind: "passed" };
  const remedy = "Correct the test, or the policy that it tests.";
  return { kind: "failed", failures: [{ message: notTrue(value), at, remedy }] };
}

/** What a failure says before it is known why; of a test with a value nothing else tells why. */
function notTrue(value: RegoValue | undefined): string {
  if (value === undefined) return "The test did not hold.";
  const text = valueToRego(value);
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return `The test did not hold: its value is ${short}, and only true passes.`;
}

/** OPA lets it pass; but nothing was tested. */
function emptyTable(at: TestPosition): TestOutcome {
  const message = "The table has no case, so nothing was tested.";
  return { kind: "failed", failures: [{ message, at, remedy: "Look at what its cases are taken from." }] };
}

interface TableCase {
  /** `[no labels]`, for people. */
  readonly name: string;
  readonly keys: string;
  /** Undefined if the rest of the body did not hold. */
  readonly value: RegoValue | undefined;
}

/** A case that is not in the rule's value has failed: its body did not hold. */
function casesOf(value: RegoValue | undefined, cases: RegoValue | undefined): readonly TableCase[] {
  const all = cases instanceof RegoSet ? cases.items.filter(isList) : [];
  return all.map((keys) => ({
    name: keys.map((key) => `[${typeof key === "string" ? key : JSON.stringify(key)}]`).join(""),
    keys: valueToRego(keys),
    value: valueAt(value, keys),
  }));
}

function isList(value: RegoValue): value is readonly RegoValue[] {
  return Array.isArray(value);
}

function valueAt(value: RegoValue | undefined, keys: readonly RegoValue[]): RegoValue | undefined {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const text = valueToRego(key);
  const entries = value instanceof RegoObject ? value.entries : [];
  return valueAt(entries.find(([name]) => valueToRego(name) === text)?.[1], rest);
}

function uncompiledResult(
  { test, code, message, remedy, line, column }: UncompiledTest,
  root: string,
): RegoResult {
  const at = positionOf(test, root);
  const position = { file: at.file, line: line ?? at.line, column: column ?? at.column };
  const error = new PortcullisError(code, { message, remedy, position });
  return {
    kind: "rego",
    name: test.name,
    position: at,
    ...NOTHING_TOLD,
    outcome: { kind: "error", error },
    test,
  };
}

function positionOf({ file, line, column }: RegoTest, root: string): TestPosition {
  return { file: join(root, file), line, column };
}

function timeout(name: string, milliseconds: number, position: TestPosition): PortcullisError {
  return new PortcullisError("EVALUATION_TIMEOUT", {
    message: `The test ${name} was stopped: it ran longer than ${milliseconds} ms.`,
    remedy: "Let it test fewer things, or give tests more time with `--timeout`.",
    position,
  });
}

function byPosition(left: RegoResult, right: RegoResult): number {
  const [a, b] = [left.position, right.position];
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
