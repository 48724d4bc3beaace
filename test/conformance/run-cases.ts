import { stage, withWorkspace, type Workspace } from "../../src/build/workspace.ts";
import { isSupported } from "../../src/engine/builtins/capabilities.ts";
import type { EvaluationCall, LoadedEngine } from "../../src/engine/engine.ts";
import { compileStaged, flagsOf, refusedBy, sourcesOf, writeCapabilities } from "./compile-staged.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import { inputText, loadStaged, stageCase, type StagedCase } from "./staged-case.ts";
import { DIALECTS, type Dialect, type TestCase } from "./test-case.ts";

/** Cases of one build: OPA's time for it grows faster than their number. */
const BATCH = 150;

/** Some day on which the certificates and tokens of the cases are valid. */
const CALL: EvaluationCall = { now: 1_767_225_600_000_000_000n, seed: "conformance" };

type Outcomes = ReadonlyMap<TestCase, Outcome>;

/** Builds and evaluates cases, many in one module, and gives the outcome of each. `opa` is the path of OPA. */
export async function runCases(opa: string, cases: readonly TestCase[]): Promise<Outcomes> {
  const outcomes = new Map<TestCase, Outcome>();
  for (const dialect of DIALECTS) {
    const staged = cases
      .filter((testCase) => testCase.dialect === dialect)
      .map((testCase, index) => stageCase(testCase, `case${index}`));
    const ofDialect = await withWorkspace(opa, "", sourcesOf(staged), (workspace) =>
      runStaged(workspace, staged, dialect),
    );
    for (const [testCase, outcome] of ofDialect) outcomes.set(testCase, outcome);
  }
  return outcomes;
}

async function runStaged(
  workspace: Workspace,
  staged: readonly StagedCase[],
  dialect: Dialect,
): Promise<Outcomes> {
  const missing = (await writeCapabilities(workspace)).filter((name) => !isSupported(name));
  const refused = await refusedBy(workspace, staged, flagsOf(dialect));
  const outcomes = new Map<TestCase, Outcome>();
  for (const [{ testCase }, why] of refused)
    outcomes.set(testCase, { kind: "not built", missing: namesIn(testCase, missing), why });
  const accepted = staged.filter((one) => !refused.has(one));
  for (let start = 0; start < accepted.length; start += BATCH) {
    const batch = accepted.slice(start, start + BATCH);
    const engine = await load(workspace, batch, dialect);
    for (const one of batch) {
      const outcome = evaluate(engine, one);
      const isFinal = outcome.kind === "passed";
      outcomes.set(one.testCase, isFinal ? outcome : await evaluateAlone(workspace, one.testCase));
    }
  }
  return outcomes;
}

function namesIn({ modules, query }: TestCase, names: readonly string[]): readonly string[] {
  const text = [query, ...modules].join("\n");
  return names.filter((name) =>
    new RegExp(`(?<![\\w.])${name.replaceAll(".", String.raw`\.`)}(?![\\w.])`).test(text),
  );
}

/** Some cases look at their own path, and so fail where they were moved. */
async function evaluateAlone(workspace: Workspace, testCase: TestCase): Promise<Outcome> {
  const alone = stageCase(testCase);
  await stage(workspace, sourcesOf([alone]));
  return evaluate(await load(workspace, [alone], testCase.dialect), alone);
}

async function load(
  workspace: Workspace,
  batch: readonly StagedCase[],
  dialect: Dialect,
): Promise<LoadedEngine> {
  return loadStaged(await compileStaged(workspace, batch, [], flagsOf(dialect)), batch);
}

function evaluate(engine: LoadedEngine, { testCase, entrypoint }: StagedCase): Outcome {
  const input = { text: inputText(testCase), members: [], shared: false };
  return outcomeOf(testCase.want, engine.open(CALL).evaluate(entrypoint, input));
}
