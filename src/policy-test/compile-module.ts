import { compileEntrypoints } from "../build/compile.ts";
import { opaFailed } from "../build/opa-errors.ts";
import { unpack } from "../build/read-bundle.ts";
import type { Workspace } from "../build/workspace.ts";
import { wasm } from "../engine/index.ts";
import { PortcullisError } from "../error.ts";
import type { RegoTest } from "./rego-test.ts";

/** A test that OPA accepts but cannot compile into a module. */
export interface RefusedTest {
  readonly test: RegoTest;
  readonly error: PortcullisError;
}

/** The entrypoints that a test needs in the module. */
export function entrypointsOf({ entrypoint, cases, isSkipped }: RegoTest): readonly string[] {
  if (isSkipped) return [];
  return cases === undefined ? [entrypoint] : [entrypoint, cases];
}

/** Compiles the workspace into its `bundleFile`; gives what keeps that from being a module that can be loaded. */
export async function compileModule(
  workspace: Workspace,
  entrypoints: readonly string[],
): Promise<PortcullisError | undefined> {
  if (entrypoints.length === 0) return undefined;
  const ended = await compileEntrypoints(workspace, entrypoints);
  if (ended.code !== 0) return opaFailed(ended);
  const bytes = (await unpack(workspace.bundleFile)).get("policy.wasm") ?? new Uint8Array();
  try {
    return new wasm.Module(new Uint8Array(bytes)) instanceof wasm.Module ? undefined : invalid("it is none");
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(why: string): PortcullisError {
  return new PortcullisError("WASM_INVALID", {
    message: `OPA compiles this into a WebAssembly module that is not valid: ${why}.`,
    remedy: "Write it in another way: this is a fault of OPA. `opa test` can still run it.",
  });
}

/** `g0.data.lib.pod_test.test_x`, cut where V8 finds it too long. */
const FUNCTION = /Compiling function #\d+:"g\d+\.data\.(?<name>[^"]*?)(?<cut>\.\.\.)?" failed/;

function isNamedIn({ message }: PortcullisError, test: RegoTest): boolean {
  const { name, cut } = FUNCTION.exec(message)?.groups ?? {};
  if (name === undefined) return false;
  return entrypointsOf(test).some((entrypoint) => {
    const own = entrypoint.replaceAll("/", ".");
    return cut === undefined ? own === name : own.startsWith(name);
  });
}

/**
 * Some of the tests for which the module cannot be made. A module that is not valid names the function; OPA itself stops
 * at the first thing that it cannot compile and does not say where, so halves are tried. Throws `error` if it is for no
 * single test.
 */
export async function refusedTests(
  workspace: Workspace,
  tests: readonly RegoTest[],
  error: PortcullisError,
): Promise<readonly RefusedTest[]> {
  const [test] = tests;
  if (test === undefined) throw error;
  if (tests.length === 1) return [{ test, error }];
  const named = tests.filter((each) => isNamedIn(error, each));
  if (named.length > 0) return named.map((each) => ({ test: each, error }));
  const found: RefusedTest[] = [];
  const middle = Math.ceil(tests.length / 2);
  for (const half of [tests.slice(0, middle), tests.slice(middle)]) {
    const again = await compileModule(workspace, half.flatMap(entrypointsOf));
    if (again !== undefined) found.push(...(await refusedTests(workspace, half, again)));
  }
  if (found.length === 0) throw error;
  return found;
}
