import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { buildCached } from "../../build/build.ts";
import { readBundle } from "../../build/read-bundle.ts";
import { PortcullisError } from "../../error.ts";
import { findFixtures, type Fixture } from "../../policy-test/fixtures/index.ts";
import { loadTests, type LoadedTests } from "../../policy-test/load-tests.ts";
import type { Bundle } from "../../policy/bundle.ts";
import { FIXTURE_READER } from "./fixture-reader.ts";
import type { TestOptions } from "./options.ts";

/** What compiling tests needs from outside. */
export interface CompileMeans {
  readonly cacheFolder: string;
  /** Gives the path of the pinned OPA. */
  readonly opa: () => Promise<string>;
  readonly say: (message: string) => void;
}

/** Everything that is tested, compiled. */
export interface TestedProgram {
  /** The policies as they are served; undefined for a folder that holds libraries only. */
  readonly bundle: Bundle | undefined;
  readonly fixtures: readonly Fixture[];
  readonly tests: LoadedTests;
}

/** Compiles policies and tests, unless that is in the cache. Throws what keeps them from being compiled. */
export async function testedProgram(options: TestOptions, means: CompileMeans): Promise<TestedProgram> {
  const { folder: root, coverage } = options;
  const { cacheFolder, opa, say: progress } = means;
  await checkFolder(root);
  const bundle = await bundleOf(root, means);
  const policies = bundle?.policies ?? [];
  const tests = await loadTests({
    root,
    cacheFolder,
    opa,
    progress,
    purpose: coverage ? "coverage" : "run",
    // Marks have to be in the policies that fixtures are judged by, too.
    entrypoints: coverage ? policies.flatMap(({ entrypoints }) => Object.values(entrypoints)) : [],
    parallel: availableParallelism(),
  });
  return { bundle, tests, fixtures: await fixturesOf(root, bundle) };
}

/** Who names one file of tests means the tests in it. */
async function checkFolder(root: string): Promise<void> {
  const isFile = await stat(root).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!isFile) return;
  throw new PortcullisError("USAGE", {
    message: `${root} is a file, but tests run by folder.`,
    remedy: "Name the folder that holds the packs; `--run PATTERN` chooses among its tests.",
  });
}

export async function fixturesOf(root: string, bundle: Bundle | undefined): Promise<readonly Fixture[]> {
  return bundle === undefined ? [] : findFixtures(root, bundle.policies, FIXTURE_READER);
}

async function bundleOf(root: string, means: CompileMeans): Promise<Bundle | undefined> {
  const { cacheFolder, opa, say: progress } = means;
  try {
    return await readBundle((await buildCached({ root, cacheFolder, opa, progress })).file);
  } catch (error) {
    if (error instanceof PortcullisError && error.code === "POLICIES_MISSING") return undefined;
    throw error;
  }
}
