import { stat } from "node:fs/promises";
import { createSnapshot, type NamespaceData, type Snapshot } from "../admission/snapshot.ts";
import { buildCached } from "../build/build.ts";
import { obtainOpa } from "../build/opa/obtain.ts";
import { readBundle } from "../build/read-bundle.ts";
import type { Surroundings } from "../admission/admit.ts";
import { loadEngine } from "../engine/load.ts";
import { PortcullisError } from "../error.ts";
import type { Bundle } from "../policy/bundle.ts";
import { loadBindings } from "./load-bindings.ts";
import type { Environment } from "./surroundings.ts";

/** What `--policies` and `--bindings` name. */
export interface PolicySources {
  /** A folder of Rego files or a bundle. */
  readonly policies: string;
  readonly bindings: readonly string[];
}

/** Policies and bindings, loaded into an engine. */
export interface LoadedPolicies extends Surroundings {
  readonly bundle: Pick<Bundle, "revision" | "policies">;
  /** What a person should know, e.g. a policy that no request can match. */
  readonly notes: readonly string[];
}

/**
 * Loads everything that decisions depend on. A folder is compiled unless a bundle of the same content is in the cache,
 * so an edited policy is never judged by an old bundle. Throws every error that can be found before the first request.
 */
export async function loadPolicies(
  sources: PolicySources,
  namespaces: ReadonlyMap<string, NamespaceData>,
  environment: Environment,
  progress: (message: string) => void,
): Promise<LoadedPolicies> {
  const { file, bundle, notes } = await loadBundle(sources.policies, environment, progress);
  const { bindings, exclusions } = await loadBindings(sources.bindings);
  const { revision, policies } = bundle;
  const snapshot = createSnapshot({ revision, policies, bindings, exclusions, namespaces });
  const engine = loadEngine({ wasm: bundle.wasm, data: bundle.data, file });
  checkEntrypoints(snapshot, engine.entrypoints, file);
  return { bundle: { revision, policies }, snapshot, engine, notes };
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

function checkEntrypoints(snapshot: Snapshot, entrypoints: ReadonlySet<string>, file: string): void {
  for (const { bound } of snapshot.policies) {
    const missing = Object.values(bound.policy.entrypoints).find(
      (entrypoint) => !entrypoints.has(entrypoint),
    );
    if (missing !== undefined) {
      throw new PortcullisError("ENTRYPOINT_MISSING", {
        message: `The bundle ${file} lists the policy ${bound.policy.id}, but its module has no entrypoint ${missing}.`,
        remedy: "Build the bundle anew with `make build` (or `portcullis build`).",
        position: { file },
      });
    }
  }
}
