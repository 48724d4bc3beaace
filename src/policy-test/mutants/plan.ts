import { PortcullisError } from "../../error.ts";
import type { MutatedFile } from "./mutant.ts";
import { ownCases } from "./own-cases.ts";
import { runOpa } from "./opa-process.ts";
import { reachOf } from "./reach.ts";
import { readTests, type RegoTest } from "./rego-test.ts";
import { runStage, type Laboratory, type TimedStage } from "./try-mutant.ts";

/** The stages for the mutants of a file. */
export type Plan = (file: string) => readonly TimedStage[];

/** All tests together may take this long, in milliseconds. */
const BASELINE_LIMIT = 10 * 60 * 1000;
/** What a stage may take, as a multiple of what its tests take without a mutant; what takes longer counts as endless. */
const PATIENCE = 10;
/** A busy machine makes a short run long; in milliseconds. */
const LEAST_LIMIT = 20_000;

/**
 * First the tests of the same name (`tag_test.rego` for `tag.rego`) with only the files that they need: they find nearly
 * everything, in a fraction of the time. Then all others that can reach the file. The tests are run once before anything
 * is changed, in `folder`. Throws TESTS_FAIL if one fails that can reach one of the files to change.
 */
export async function planStages(
  laboratory: Laboratory,
  folder: string,
  { files, changed }: { readonly files: readonly MutatedFile[]; readonly changed: ReadonlySet<string> },
): Promise<Plan> {
  if (changed.size === 0) return () => [];
  const process = { program: laboratory.opa, folder, milliseconds: BASELINE_LIMIT };
  const run = await runOpa(process, ["test", "--bundle", ".", "--format", "json", "--timeout", "600s"]);
  const reach = reachOf(files);
  const own = new Map(files.map((file) => [file.path, ownCases(file)]));
  const all = readTests(run, (file) => own.get(file) ?? new Set()).toSorted(
    (left, right) => left.milliseconds - right.milliseconds,
  );
  const tests = all.filter(({ file }) => [...reach(file)].some((path) => changed.has(path)));
  const failed = tests.filter((test) => test.failed);
  if (failed.length > 0) throw testsFail(failed);
  const everything = files.map(({ path }) => path);
  const whole = stageOf(tests, everything, laboratory);
  const plans = new Map<string, readonly TimedStage[]>();
  for (const file of changed) {
    const reaching = tests.filter((test) => reach(test.file).has(file));
    const near = reaching.filter((test) => test.file === testFileOf(file));
    const far = reaching.filter((test) => !near.includes(test));
    const needed = [...new Set(near.flatMap((test) => [...reach(test.file)]))];
    plans.set(file, [
      ...(near.length === 0 ? [] : [stageOf(near, needed, laboratory)]),
      ...(far.length === 0 ? [] : [stageOf(far, everything, laboratory)]),
    ]);
  }
  const firsts = [...plans.values()].flatMap(([first]) => (first === undefined ? [] : [first]));
  for (const stage of tests.length === 0 ? [] : [whole, ...firsts]) await checkStage(laboratory, stage);
  return (file) => plans.get(file) ?? [];
}

function testFileOf(file: string): string {
  return file.replace(/\.rego$/, "_test.rego");
}

function stageOf(
  tests: readonly RegoTest[],
  files: readonly string[],
  { dataFiles }: Laboratory,
): TimedStage {
  const taken = tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return {
    tests,
    files: [...files, ...dataFiles],
    milliseconds: Math.ceil(Math.max(LEAST_LIMIT, PATIENCE * taken)),
  };
}

/** What fails without a mutant would seem to find each of them. */
async function checkStage(laboratory: Laboratory, stage: TimedStage): Promise<void> {
  const { kind } = await runStage(laboratory, stage);
  if (kind !== "passed") throw testsFail(stage.tests);
}

function testsFail(failed: readonly RegoTest[]): PortcullisError {
  const names = failed.slice(0, 3).map(({ ref }) => ref.replace(/^data\./, ""));
  const more = failed.length > names.length ? ` and ${failed.length - names.length} more` : "";
  return new PortcullisError("TESTS_FAIL", {
    message: `Before anything is changed, these tests fail: ${names.join(", ")}${more}.`,
    remedy: "Mend the tests, or the policies; then look for mutants.",
  });
}
