import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { globMatches } from "../../admission/glob.ts";
import { BuildError } from "../../build/build-error.ts";
import { buildCached } from "../../build/build.ts";
import { collectSources } from "../../build/collect.ts";
import { readBundle } from "../../build/read-bundle.ts";
import { type LoadedEngine, loadEngine } from "../../engine/index.ts";
import { PortcullisError } from "../../error.ts";
import { findFixtures, packOf, type Fixture } from "../../policy-test/fixtures/index.ts";
import type { MatchMutant, Mutant, RuleMutant } from "../../policy-test/mutants/mutant.ts";
import type { Trial } from "../../policy-test/mutants/try-mutant.ts";
import { runFixtures } from "../../policy-test/run-fixtures.ts";
import type { TestResult } from "../../policy-test/test-result.ts";
import type { Bundle } from "../../policy/bundle.ts";
import type { Policy } from "../../policy/policy.ts";
import { TimeLimit } from "../../workers/time-limit.ts";
import { FIXTURE_READER, yamlFile } from "./fixture-reader.ts";

export interface FixtureTrialMeans {
  /** The folder of the packs. */
  readonly root: string;
  readonly cacheFolder: string;
  /** The path of the pinned OPA. */
  readonly opa: string;
}

/** The policies as they are, and the fixtures, which all pass. */
interface Baseline {
  readonly policies: readonly Policy[];
  readonly engine: LoadedEngine;
  readonly fixtures: readonly Fixture[];
}

/** Tries mutants with the fixtures; `close` when all are tried, it gives back the engine's memory. */
export interface FixtureTrial {
  readonly tryMutant: (mutant: Mutant) => Promise<Trial>;
  readonly close: () => Promise<void>;
}

/** Each fixture has as long as a test has by default. */
const MILLISECONDS = 5_000;

/**
 * Tries mutants with the fixtures, once it is asked for one. Changed rules are built anew, which takes seconds: it is for
 * what no test in Rego notices. A changed match needs no build. What cannot be built is invalid; while the policies
 * cannot be built as they are, no fixture notices anything, and neither does one in a folder of libraries. Throws
 * TESTS_FAIL if a fixture fails without a mutant.
 */
export function fixtureTrial(means: FixtureTrialMeans): FixtureTrial {
  let ready: Promise<Baseline | undefined> | undefined;
  return {
    tryMutant: async (mutant) => {
      const baseline = await (ready ??= baselineOf(means));
      if (mutant.kind === "match") return baseline === undefined ? "invalid" : matchTrial(mutant, baseline);
      if (baseline === undefined || baseline.fixtures.length === 0) return "survived";
      return ruleTrial(mutant, baseline.fixtures, means);
    },
    close: async () => (await ready?.catch(() => undefined))?.engine.close(),
  };
}

async function baselineOf({ root, cacheFolder, opa }: FixtureTrialMeans): Promise<Baseline | undefined> {
  const bundle = await bundleOf(root, cacheFolder, opa).catch((error: unknown) => {
    if (error instanceof BuildError) return undefined;
    if (error instanceof PortcullisError && error.code === "POLICIES_MISSING") return undefined;
    throw error;
  });
  if (bundle === undefined) return undefined;
  const { policies, wasm, data } = bundle;
  const fixtures = await findFixtures(root, policies, FIXTURE_READER);
  const engine = loadEngine({ wasm, data });
  const failed = judged({ policies, engine, fixtures }).filter(isFailure);
  if (failed.length === 0) return { policies, engine, fixtures };
  engine.close();
  const names = failed.slice(0, 3).map(({ name }) => name);
  const more = failed.length > names.length ? ` and ${failed.length - names.length} more` : "";
  throw new PortcullisError("TESTS_FAIL", {
    message: `Before anything is changed, these fixtures fail: ${names.join(", ")}${more}.`,
    remedy: "Mend the fixtures, or the policies; then look for mutants.",
  });
}

/** Those fixtures come first that most often see a difference. */
const NEARNESS = ["every policy", "policy", "pack"] as const;

function matchTrial({ file, match }: MatchMutant, { policies: all, engine, fixtures }: Baseline): Trial {
  const changed = all.find((policy) => policy.file === file);
  const matched = changed?.metadata.match;
  if (changed === undefined || matched === undefined) return "invalid";
  const policy = { ...changed, metadata: { ...changed.metadata, match: { ...matched, ...match } } };
  const policies = all.map((each) => (each === changed ? policy : each));
  const groups = Map.groupBy(fixtures, (fixture) => nearnessOf(fixture, policy.id));
  const isNoticed = NEARNESS.some((nearness) =>
    judged({ policies, engine, fixtures: groups.get(nearness) ?? [] }).some(isFailure),
  );
  return isNoticed ? "killed" : "survived";
}

function nearnessOf(fixture: Fixture, id: string): (typeof NEARNESS)[number] | undefined {
  if (fixture.kind === "invalid") return undefined;
  const { policies } = fixture.scenario;
  if (globMatches(policies, id)) return policies === id ? "policy" : "every policy";
  return packOf(policies) === packOf(id) ? "pack" : undefined;
}

async function ruleTrial(
  { file, text }: RuleMutant,
  fixtures: readonly Fixture[],
  { root, opa }: FixtureTrialMeans,
): Promise<Trial> {
  const temporary = await mkdtemp(join(tmpdir(), "portcullis-mutant-"));
  try {
    // What lies in no pack is named for the folder.
    const place = join(temporary, basename(resolve(root)));
    for (const source of await collectSources(root)) {
      await mkdir(dirname(join(place, source.path)), { recursive: true });
      await writeFile(join(place, source.path), source.path === file ? text : source.content);
    }
    const { policies, wasm, data } = await bundleOf(place, temporary, opa);
    const engine = loadEngine({ wasm, data });
    const results = judged({ policies, engine, fixtures });
    engine.close();
    return results.some(isFailure) ? "killed" : "survived";
  } catch (error) {
    if (error instanceof BuildError) return "invalid";
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function bundleOf(root: string, cacheFolder: string, opa: string): Promise<Bundle> {
  const built = await buildCached({
    root,
    cacheFolder,
    opa: () => Promise.resolve(opa),
    progress: () => undefined,
  });
  return readBundle(built.file);
}

function isFailure({ outcome }: TestResult): boolean {
  return outcome.kind !== "passed";
}

function judged({ policies, engine, fixtures }: Baseline): readonly TestResult[] {
  const limit = new TimeLimit();
  const runs = runFixtures(fixtures, {
    policies,
    engine,
    yaml: yamlFile,
    reached: new Set(),
    now: 0n,
    timeLimit: MILLISECONDS,
    wanted: () => true,
    began: () => undefined,
    bounded: (milliseconds, work) => {
      const limited = limit.run(milliseconds, work);
      return limited.kind === "ended" ? { value: limited.value } : undefined;
    },
  });
  return runs.map(({ result }) => result);
}
