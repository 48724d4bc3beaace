import { BuildError } from "../build/build-error.ts";
import { checkPolicies } from "../build/check.ts";
import type { SourceFile } from "../build/collect.ts";
import { writeManifest, type Workspace } from "../build/workspace.ts";
import type { PortcullisError } from "../error.ts";
import { isTestFile, parseRego, ruleAt, type RegoFile } from "./rego-file.ts";
import type { RegoTest } from "./rego-test.ts";
import type { Rule } from "./rego-tree.ts";
import { compileModule, entrypointsOf, refusedTests } from "./compile-module.ts";
import { markRules } from "./rule-marks.ts";
import {
  manifestMetadata,
  testRevision,
  type MarkedRule,
  type Purpose,
  type TestIndex,
  type UncompiledTest,
} from "./test-program.ts";
import { stageTexts } from "./rego-file.ts";
import { droppedTest, functionTests, planTests, type TestPlan } from "./test-plan.ts";

export interface TestSources {
  /** The policies, their data and their tests. */
  readonly sources: readonly SourceFile[];
  readonly purpose: Purpose;
  /** Entrypoints of the policies themselves, for fixtures that are judged by the same module. */
  readonly entrypoints: readonly string[];
  /** How many programs may run at a time. */
  readonly parallel: number;
}

/**
 * Compiles the tests of a staged workspace into its `bundleFile`; gives false if there is none to compile. A test that
 * cannot be compiled is told in the index and the others are compiled without it. Throws BuildError for what is wrong
 * outside of the tests, OPA_FAILED.
 */
export async function compileTests(workspace: Workspace, options: TestSources): Promise<TestIndex> {
  const { sources, purpose, parallel, entrypoints } = options;
  const files = await parseRego(workspace, sources, parallel);
  await writeManifest(workspace, files);
  const marks = purpose === "coverage" ? markRules(files.filter((file) => !isTestFile(file))) : undefined;
  if (marks !== undefined) await stageTexts(workspace, marks.texts);
  const accepted = await acceptedByOpa(workspace, files);
  const release = {
    revision: testRevision(sources, purpose),
    files,
    marked: marks?.marked ?? [],
    entrypoints,
  };
  const uncompiled = [...accepted.uncompiled, ...functionTests(files).map(functionInvalid)];
  return compilePlan(workspace, { ...accepted, uncompiled }, release);
}

function functionInvalid(test: RegoTest): UncompiledTest {
  const message = "A function cannot be a test: nothing gives it its arguments.";
  const remedy = "Call it something that does not begin with test_, or make a rule of it.";
  return { test, code: "REGO_INVALID", message, remedy };
}

interface Accepted {
  readonly plan: TestPlan;
  readonly uncompiled: readonly UncompiledTest[];
}

/** Lets OPA check everything, again and again without the tests' rules that it does not accept. */
async function acceptedByOpa(workspace: Workspace, files: readonly RegoFile[]): Promise<Accepted> {
  const dropped = new Set<Rule>();
  const uncompiled: UncompiledTest[] = [];
  for (;;) {
    const plan = planTests(files, dropped);
    await stageTexts(workspace, plan.texts);
    const problems = await checkPolicies(workspace);
    if (problems.length === 0) return { plan, uncompiled };
    const places = problems.map((problem) => ruleAt(workspace, files.filter(isTestFile), problem));
    for (const [index, problem] of problems.entries()) {
      const place = places[index];
      if (place === undefined) throw new BuildError(problems);
      const test = dropped.has(place.rule) ? undefined : droppedTest(place.file, place.rule);
      if (test !== undefined) uncompiled.push(uncompiledTest(test, problem));
      dropped.add(place.rule);
    }
  }
}

interface CompileRelease {
  readonly revision: string;
  readonly files: readonly RegoFile[];
  readonly marked: readonly MarkedRule[];
  readonly entrypoints: readonly string[];
}

async function compilePlan(
  workspace: Workspace,
  { plan, uncompiled }: Accepted,
  { revision, files, marked, entrypoints }: CompileRelease,
): Promise<TestIndex> {
  const tests = plan.tests.map(({ test }) => test);
  const v0 = files.filter(({ dialect }) => dialect === "v0").map(({ path }) => path);
  let refused: readonly UncompiledTest[] = [];
  for (;;) {
    const left = tests.filter((test) => !refused.some((each) => each.test === test));
    const index = { tests: left, uncompiled: [...uncompiled, ...refused], v0, marked };
    await writeManifest(workspace, files, { revision, metadata: manifestMetadata(index) });
    const error = await compileModule(workspace, [...left.flatMap(entrypointsOf), ...entrypoints]);
    if (error === undefined) return index;
    const more = await refusedTests(workspace, left, error);
    refused = [...refused, ...more.map((each) => uncompiledTest(each.test, each.error))];
  }
}

function uncompiledTest(
  test: RegoTest,
  { code, message, remedy, position }: PortcullisError,
): UncompiledTest {
  const { line, column } = position ?? {};
  return {
    test,
    code,
    message,
    remedy,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}
