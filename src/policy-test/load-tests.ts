import { join } from "node:path";
import { replace } from "../build/bundle-cache.ts";
import { belongsToTests, collectSources, type SourceFile } from "../build/collect.ts";
import type { Progress } from "../build/progress.ts";
import { withWorkspace } from "../build/workspace.ts";
import { PortcullisError } from "../error.ts";
import { entrypointsOf } from "./compile-module.ts";
import { compileTests } from "./compile-tests.ts";
import { readTestProgram, testRevision, type Purpose, type TestProgram } from "./test-program.ts";

export interface LoadOptions {
  /** The policy root, or a folder below it. */
  readonly root: string;
  readonly cacheFolder: string;
  /** Gives the path of the pinned OPA; called only if something has to be compiled. */
  readonly opa: () => Promise<string>;
  readonly progress: Progress;
  readonly purpose: Purpose;
  /** Entrypoints of the policies themselves, for fixtures that are judged by the same module. */
  readonly entrypoints: readonly string[];
  /** How many programs may run at a time. */
  readonly parallel: number;
}

export interface LoadedTests {
  /** The policies, their data and their tests as they were read. */
  readonly sources: readonly SourceFile[];
  readonly program: TestProgram;
}

/**
 * Gives the tests of a folder, compiled unless those of exactly these files are in the cache.
 * Throws POLICIES_MISSING, FILE_UNREADABLE, BuildError for what is wrong outside of the tests, OPA_FAILED.
 */
export async function loadTests(options: LoadOptions): Promise<LoadedTests> {
  const { root, cacheFolder, purpose, parallel, progress, entrypoints } = options;
  const sources = await collectSources(root, belongsToTests);
  const revision = testRevision(sources, purpose);
  const file = join(cacheFolder, "tests", `${revision.replace(":", "-")}.tar.gz`);
  const cached = await undamaged(file, revision);
  if (cached !== undefined) return { sources, program: cached };
  const opa = await options.opa();
  progress(`Compiling the tests in ${root}.`);
  const program = await withWorkspace(opa, root, sources, async (workspace) => {
    const index = await compileTests(workspace, { sources, purpose, parallel, entrypoints });
    // OPA makes no module without an entrypoint, and then there is nothing to run.
    if (index.tests.flatMap(entrypointsOf).length + entrypoints.length === 0)
      return { ...index, revision, ...NO_MODULE };
    await intoCache(workspace.bundleFile, file);
    return readTestProgram(workspace.bundleFile);
  });
  return { sources, program };
}

const NO_MODULE = { wasm: new Uint8Array(), data: new TextEncoder().encode("{}") };

/** A missing or damaged entry is no error: it is compiled again. */
async function undamaged(file: string, revision: string): Promise<TestProgram | undefined> {
  try {
    const program = await readTestProgram(file);
    return program.revision === revision ? program : undefined;
  } catch (error) {
    if (error instanceof PortcullisError) return undefined;
    throw error;
  }
}

/** The cache only saves time: where it cannot be written the tests are run all the same. */
async function intoCache(bundle: string, file: string): Promise<void> {
  try {
    await replace(bundle, file);
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
  }
}
