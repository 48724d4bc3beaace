import { loadTests, type LoadedTests } from "../src/policy-test/load-tests.ts";
import type { Purpose } from "../src/policy-test/test-program.ts";
import type { RunOptions } from "../src/policy-test/run-tests.ts";
import { TimeLimit } from "../src/workers/time-limit.ts";
import { policyFolder, temporaryFolder, testOpa, type Files } from "./policy-folder.ts";

/** Tests of files in a new folder, compiled. */
export interface CompiledTests extends LoadedTests {
  readonly root: string;
}

export async function compiledTests(files: Files, purpose: Purpose = "run"): Promise<CompiledTests> {
  const root = await policyFolder(files);
  const cacheFolder = await temporaryFolder();
  const loaded = await loadTests({
    root,
    cacheFolder,
    opa: testOpa,
    progress: () => undefined,
    purpose,
    entrypoints: [],
    parallel: 2,
  });
  return { root, ...loaded };
}

/** All tests, each of which may run for so many milliseconds. */
export function allTests(root: string, timeLimit = 20_000): RunOptions {
  const limit = new TimeLimit();
  return {
    root,
    wanted: () => true,
    timeLimit,
    bounded: (milliseconds, work) => {
      const limited = limit.run(milliseconds, work);
      return limited.kind === "ended" ? { value: limited.value } : undefined;
    },
    now: 1n,
    began: () => undefined,
  };
}
