import { availableParallelism } from "node:os";
import { type LoadedEngine, loadEngine } from "../../engine/index.ts";
import { PortcullisError } from "../../error.ts";
import { coverageOf } from "../../policy-test/coverage.ts";
import { explainFailures } from "../../policy-test/explain-failures.ts";
import { updateExpected, type FixtureRun } from "../../policy-test/fixtures/index.ts";
import { differencesFrom, type TestDifference } from "../../policy-test/opa-differences.ts";
import { opaResults } from "../../policy-test/opa-results.ts";
import { runFixtures } from "../../policy-test/run-fixtures.ts";
import { runTests, type RegoResult, type RunOptions } from "../../policy-test/run-tests.ts";
import { TimeLimit } from "../../workers/time-limit.ts";
import { yamlFile } from "./fixture-reader.ts";
import type { TestOptions } from "./options.ts";
import { fixturesOf, testedProgram, type CompileMeans, type TestedProgram } from "./program.ts";
import type { TestRun } from "./report.ts";

/** What a run needs from outside. */
export interface RunMeans extends CompileMeans {
  /** How far it is. */
  readonly step: (state: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Runs once all that was asked for. Throws what keeps the policies from being compiled, and TESTS_MISSING. */
export async function testOnce(options: TestOptions, means: RunMeans): Promise<TestRun> {
  const program = await testedProgram(options, means);
  const { marked } = program.tests.program;
  const start = means.now();
  const run = runOptions(options, means);
  // OPA is another process: its tests run beside those here.
  const comparison = options.opa ? comparedWithOpa(options, program, means) : undefined;
  const ofRego = runTests(program.tests.program, run);
  const reached = new Set(ofRego.reached);
  const ofFixtures = await fixtureRuns(program, { options, run, reached });
  const differences = comparison === undefined ? {} : { differences: await comparison(ofRego.results) };
  const seconds = (means.now() - start) / 1_000;
  const results = [
    ...(await explained(ofRego.results, program, { options, run, means })),
    ...ofFixtures.results,
  ];
  if (results.length === 0) throw testsMissing(options);
  const coverage = options.coverage ? { coverage: coverageOf(marked, reached, options.folder) } : {};
  const updated = options.update ? { updated: ofFixtures.updated } : {};
  return { results, seconds, ...differences, ...coverage, ...updated };
}

function runOptions({ folder, run, timeout }: TestOptions, { now, step }: RunMeans): RunOptions {
  const pattern = new RegExp(run ?? "", "u");
  const limit = new TimeLimit();
  let begun = 0;
  return {
    root: folder,
    wanted: (name) => pattern.test(name),
    timeLimit: timeout * 1_000,
    bounded: (milliseconds, work) => {
      const limited = limit.run(milliseconds, work);
      return limited.kind === "ended" ? { value: limited.value } : undefined;
    },
    now: BigInt(now()) * 1_000_000n,
    began: (name) => step(`test ${(begun += 1)}: ${name}`),
  };
}

/** Starts OPA at once; what it gives is compared when the results here are there. */
function comparedWithOpa(
  { folder, timeout }: TestOptions,
  { tests }: TestedProgram,
  { opa }: RunMeans,
): (here: readonly RegoResult[]) => Promise<readonly TestDifference[]> {
  const theirs = (async () =>
    opaResults({
      root: folder,
      sources: tests.sources,
      opa: await opa(),
      timeLimit: timeout * 1_000,
      parallel: availableParallelism(),
    }))();
  // Whoever waits for it gets the error; until then it must not end the process.
  theirs.catch(() => undefined);
  return async (here) => differencesFrom(await theirs, here, folder);
}

interface FixtureContext {
  readonly options: TestOptions;
  readonly run: RunOptions;
  readonly reached: Set<string>;
}

/** Judges the fixtures; with `--update` once more after the expected files were written. */
async function fixtureRuns(
  program: TestedProgram,
  context: FixtureContext,
): Promise<{ readonly results: readonly FixtureRun["result"][]; readonly updated: readonly string[] }> {
  const { bundle, fixtures } = program;
  if (bundle === undefined || fixtures.length === 0) return { results: [], updated: [] };
  const { options, run, reached } = context;
  const engine = engineFor(program, options);
  try {
    const fixed = { ...run, policies: bundle.policies, engine, yaml: yamlFile, reached };
    const runs = runFixtures(fixtures, fixed);
    const updates = options.update ? runs.flatMap(({ update }) => update ?? []) : [];
    for (const update of updates) await updateExpected(update);
    const last = updates.length === 0 ? runs : runFixtures(await fixturesOf(options.folder, bundle), fixed);
    return { results: last.map(({ result }) => result), updated: updates.map(({ file }) => file) };
  } finally {
    engine.close();
  }
}

/** For coverage the policies that have marks. */
function engineFor({ bundle, tests }: TestedProgram, { coverage }: TestOptions): LoadedEngine {
  const { wasm, data } = coverage || bundle === undefined ? tests.program : bundle;
  return loadEngine({ wasm, data });
}

async function explained(
  results: readonly RegoResult[],
  { tests }: TestedProgram,
  {
    options,
    run,
    means,
  }: { readonly options: TestOptions; readonly run: RunOptions; readonly means: RunMeans },
): Promise<readonly RegoResult[]> {
  if (!results.some(({ outcome }) => outcome.kind === "failed")) return results;
  const { sources, program } = tests;
  const opa = await means.opa();
  const parallel = availableParallelism();
  return explainFailures(results, { ...run, root: options.folder, sources, program, opa, parallel });
}

function testsMissing({ folder, run }: TestOptions): PortcullisError {
  return new PortcullisError("TESTS_MISSING", {
    message:
      run === undefined
        ? `There is no test in ${folder}.`
        : `No test in ${folder} has a name that matches ${JSON.stringify(run)}.`,
    remedy:
      run === undefined
        ? "Write rules named `test_` into files that end in _test.rego, or fixtures (docs/testing-policies.md)."
        : "Give another --run; `-o json` without it lists the names of all tests.",
    position: { file: folder },
  });
}
