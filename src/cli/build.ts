import { buildBundle } from "../build/build.ts";
import { obtainOpa } from "../build/opa/obtain.ts";
import { progressOn } from "./progress.ts";
import type { Environment, ProcessSurroundings } from "./surroundings.ts";

export interface BuildOptions {
  /** The folder of Rego files. */
  readonly policies: string;
  /** Where the bundle is written. */
  readonly out: string;
}

/** Compiles a folder of policies into a bundle. */
export async function buildCommand(
  options: BuildOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  const progress = progressOn(streams.stderr, Date.now);
  const { variables, cacheFolder, machine } = environment;
  const built = await buildBundle({
    root: options.policies,
    out: options.out,
    cacheFolder,
    progress: progress.say,
    opa: () => obtainOpa({ environment: variables, cacheFolder, machine, progress: progress.say }),
  });
  for (const note of built.notes) progress.say(`note: ${note}`);
  streams.stdout.write(
    `${built.file}: ${built.policies} ${built.policies === 1 ? "policy" : "policies"}, ${built.revision}${built.cached ? " (unchanged, from the cache)" : ""}\n`,
  );
  return 0;
}
