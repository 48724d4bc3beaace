import { stat } from "node:fs/promises";
import { buildCached } from "../build/build.ts";
import { obtainOpa } from "../build/opa/obtain.ts";
import { readBundle } from "../build/read-bundle.ts";
import { PortcullisError } from "../error.ts";
import type { Bundle } from "../policy/bundle.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Program } from "../workers/program.ts";
import { loadBindings } from "./load-bindings.ts";
import type { Environment } from "./surroundings.ts";

/** What `--policies` and `--bindings` name. */
export interface PolicySources {
  /** A folder of Rego files or a bundle. */
  readonly policies: string;
  readonly bindings: readonly string[];
  /** PolicyBindings that are custom resources of a cluster; default: none. */
  readonly bindingsInCluster?: readonly JsonObject[];
}

/** Policies and bindings, read and checked but in no engine yet. */
export interface LoadedProgram {
  readonly program: Program;
  /** What a person should know, e.g. a policy that no request can match. */
  readonly notes: readonly string[];
}

/**
 * Reads everything that decisions depend on. A folder is compiled unless a bundle of the same content is in the cache,
 * so an edited policy is never judged by an old bundle. Throws what cannot be read, built or bound.
 */
export async function loadProgram(
  sources: PolicySources,
  namespaces: Program["namespaces"],
  environment: Environment,
  progress: (message: string) => void,
): Promise<LoadedProgram> {
  const { file, bundle, notes } = await loadBundle(sources.policies, environment, progress);
  const { bindings, exclusions } = await loadBindings(sources.bindings, sources.bindingsInCluster);
  return { program: { bundle, file, bindings, exclusions, namespaces }, notes };
}

/** The bundle that `--policies` names, read; a folder is compiled first. */
export async function loadBundle(
  policies: string,
  environment: Environment,
  progress: (message: string) => void,
): Promise<{ readonly file: string; readonly bundle: Bundle; readonly notes: readonly string[] }> {
  const { file, notes } = await bundleFile(policies, environment, progress);
  return { file, bundle: await readBundle(file), notes };
}

async function bundleFile(
  policies: string,
  environment: Environment,
  progress: (message: string) => void,
): Promise<{ readonly file: string; readonly notes: readonly string[] }> {
  const found = await stat(policies).catch((cause: unknown) => {
    throw new PortcullisError("POLICIES_MISSING", {
      message: `There is no policy folder or bundle at ${policies}.`,
      remedy: "Name a folder of Rego files or a bundle with --policies.",
      position: { file: policies },
      cause,
    });
  });
  if (!found.isDirectory()) return { file: policies, notes: [] };
  const { variables, cacheFolder, machine } = environment;
  return buildCached({
    root: policies,
    cacheFolder,
    progress,
    opa: () => obtainOpa({ environment: variables, cacheFolder, machine, progress }),
  });
}
