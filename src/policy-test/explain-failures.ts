import { BuildError } from "../build/build-error.ts";
import type { SourceFile } from "../build/collect.ts";
import { unpack } from "../build/read-bundle.ts";
import { withWorkspace, writeManifest, type Workspace } from "../build/workspace.ts";
import { loadEngine } from "../engine/index.ts";
import { acceptedProbes } from "./accepted-probes.ts";
import { compileModule } from "./compile-module.ts";
import { explainStep, type ProbeValue } from "./explain-step.ts";
import { probesOf, type Probe, type StepProbes } from "./explain-probes.ts";
import { parseRego, type RegoFile } from "./rego-file.ts";
import type { RegoResult, RunOptions } from "./run-tests.ts";
import type { TestProgram } from "./test-program.ts";

export interface ExplainOptions extends Pick<RunOptions, "root" | "timeLimit" | "bounded" | "now"> {
  readonly sources: readonly SourceFile[];
  readonly program: Pick<TestProgram, "v0">;
  /** The path of the pinned OPA. */
  readonly opa: string;
  readonly parallel: number;
}

/** So many failed tests are explained: who breaks a library sees the reason in the first of them. */
const MAX_EXPLAINED = 100;

/**
 * Says of failed tests which expression did not hold, and what its sides were: by evaluating the beginnings of their
 * bodies, in rules that are added to a copy of their files. A failure that cannot be explained stays as it is.
 */
export async function explainFailures(
  results: readonly RegoResult[],
  options: ExplainOptions,
): Promise<readonly RegoResult[]> {
  const failed = results.filter(({ outcome }) => outcome.kind === "failed").slice(0, MAX_EXPLAINED);
  if (failed.length === 0) return results;
  const { opa, root, sources } = options;
  try {
    const explained = await withWorkspace(opa, root, sources, (workspace) =>
      explainIn(workspace, failed, options),
    );
    return results.map((result) => explained.get(result) ?? result);
  } catch (error) {
    // The probes are our own: where OPA does not accept them there is no more to say than that the test failed.
    if (error instanceof BuildError) return results;
    throw error;
  }
}

interface ProbedTest {
  readonly result: RegoResult;
  readonly file: RegoFile;
  readonly steps: readonly StepProbes[];
}

async function explainIn(
  workspace: Workspace,
  failed: readonly RegoResult[],
  options: ExplainOptions,
): Promise<ReadonlyMap<RegoResult, RegoResult>> {
  const { sources, parallel, program } = options;
  const paths = new Set(failed.map(({ test }) => test.file));
  const tests = sources.filter(({ path }) => paths.has(path));
  const files = await parseRego(workspace, tests, parallel);
  const v0 = program.v0.map((path) => ({ path, dialect: "v0" as const }));
  await writeManifest(workspace, v0);
  const probed = failed.flatMap((result, index) => probedTest(files, result, `portcullis_probe_${index}`));
  const byFile = new Map(
    files.map((file) => [file, probed.filter((test) => test.file === file).flatMap(allProbes)] as const),
  );
  const accepted = await acceptedProbes(workspace, byFile);
  const valueOf = await probeValues(workspace, accepted, options);
  return new Map(
    probed.flatMap(({ result, file, steps }) => {
      const failure = explainStep(steps, { valueOf, caseKeys: result.caseKeys, file, root: options.root });
      if (failure === undefined) return [];
      return [[result, { ...result, outcome: { kind: "failed", failures: [failure] } }] as const];
    }),
  );
}

function probedTest(files: readonly RegoFile[], result: RegoResult, prefix: string): readonly ProbedTest[] {
  const { test } = result;
  const file = files.find(({ path }) => path === test.file);
  const rule = file?.module.rules?.find(
    ({ location }) => location.row === test.line && location.col === test.column,
  );
  return file === undefined || rule === undefined
    ? []
    : [{ result, file, steps: probesOf(file, rule, prefix) }];
}

function allProbes({ steps }: ProbedTest): readonly Probe[] {
  return steps.flatMap(({ holds, operands }) => [holds, ...operands.map(([, probe]) => probe)]);
}

/** Evaluates the probes; one that fails has no value. */
async function probeValues(
  workspace: Workspace,
  probes: readonly Probe[],
  { bounded, timeLimit, now }: ExplainOptions,
): Promise<(probe: Probe) => ProbeValue> {
  const entrypoints = new Set(probes.map(({ entrypoint }) => entrypoint));
  if ((await compileModule(workspace, [...entrypoints])) !== undefined) return () => undefined;
  const files = await unpack(workspace.bundleFile);
  const data = files.get("data.json") ?? new TextEncoder().encode("{}");
  const engine = loadEngine({ wasm: new Uint8Array(files.get("policy.wasm") ?? []), data });
  return ({ entrypoint }) => {
    if (!entrypoints.has(entrypoint)) return undefined;
    const evaluate = (): ProbeValue => {
      const session = engine.open({ now, seed: entrypoint });
      const result = session.evaluate(entrypoint, { text: "{}", members: [], shared: false });
      return result.kind === "value" ? result.value : undefined;
    };
    const limited = bounded(timeLimit, evaluate);
    if (limited === undefined) engine.abandon();
    return limited?.value;
  };
}
