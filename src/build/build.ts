import { basename, join, resolve } from "node:path";
import { manifestMetadata, type Note } from "./built-manifest.ts";
import type { InputContract } from "../policy/rule.ts";
import { BuildError } from "./build-error.ts";
import { checkPolicies } from "./check.ts";
import { collectSources, type SourceFile } from "./collect.ts";
import { compile } from "./compile.ts";
import { findContracts } from "./contract.ts";
import { describePolicies, notesOn } from "./describe.ts";
import { parseFiles } from "./dialect.ts";
import { undeclaredInEvery } from "./every-variables.ts";
import { findPolicies, noPolicies } from "./policy-package.ts";
import { libraryRules, reservedRules } from "./ignored-rule.ts";
import { readMetadata } from "./metadata.ts";
import { unusableParameters } from "./parameters-schema.ts";
import type { Progress } from "./progress.ts";
import { cachedBundle, publish } from "./bundle-cache.ts";
import { revisionOf } from "./revision.ts";
import { checkRuleShapes } from "./rule-shape.ts";
import { withWorkspace, writeManifest, type Workspace } from "./workspace.ts";

export interface BuildOptions {
  /** The folder of the packs. */
  readonly root: string;
  /** Gives the path of the pinned OPA; called only if something has to be compiled. */
  readonly opa: () => Promise<string>;
  readonly cacheFolder: string;
  readonly progress: Progress;
}

export interface BuiltBundle {
  readonly file: string;
  readonly revision: string;
  /** How many there are; `readBundle` gives them. */
  readonly policies: number;
  /** True if nothing had to be compiled. */
  readonly cached: boolean;
  /** What the author should know, one sentence each. */
  readonly notes: readonly string[];
}

/** Compiles a folder of policies into the file `out`, which is replaced in one step. Throws as `buildCached` does. */
export function buildBundle(options: BuildOptions & { readonly out: string }): Promise<BuiltBundle> {
  return build(options, options.out);
}

/**
 * Gives the bundle of a folder of policies in the cache, compiled unless it is that of exactly these files.
 * Throws BuildError with everything that is wrong with the policies; PortcullisError if the folder cannot be read,
 * holds no policy, OPA is missing or the bundle cannot be written. Where the cache cannot be written, the bundle is a
 * temporary file that goes when the process ends.
 */
export function buildCached(options: BuildOptions): Promise<BuiltBundle> {
  return build(options, undefined);
}

async function build(options: BuildOptions, out: string | undefined): Promise<BuiltBundle> {
  const { root, cacheFolder } = options;
  const sources = await collectSources(root);
  const revision = revisionOf(sources, basename(resolve(root)));
  const place = { revision, cacheFolder, out };
  const cached = await cachedBundle(place);
  if (cached !== undefined) return { ...cached, notes: texts(root, cached.notes), revision, cached: true };
  const opa = await options.opa();
  options.progress(`Compiling the policies in ${root}.`);
  return withWorkspace(opa, root, sources, async (workspace) => {
    const { policies, notes } = await buildIn(workspace, sources, revision);
    const published = await publish(workspace.bundleFile, place);
    const all = [...published.notes, ...texts(root, notes)];
    return { file: published.file, policies, notes: all, revision, cached: false };
  });
}

/** Checks and compiles a workspace: its `bundleFile` is the bundle. */
async function buildIn(
  workspace: Workspace,
  sources: readonly SourceFile[],
  revision: string,
): Promise<{ readonly policies: number; readonly notes: readonly Note[] }> {
  const { root } = workspace;
  const parsed = await parseFiles(workspace, sources);
  if (parsed.problems.length > 0) throw new BuildError(parsed.problems);
  const { files } = parsed;
  await writeManifest(workspace, files);
  const { policies: packages, libraries, problems } = findPolicies(root, files);
  const read = packages.map((policy) => ({ policy, ...readMetadata(root, policy) }));
  const checked = await checkPolicies(workspace);
  const undeclared = read.filter(({ declared }) => declared.input === undefined).map(({ policy }) => policy);
  // `opa deps` compiles too, so it can only say something about what passed the check.
  const found = checked.length > 0 ? undefined : await findContracts(workspace, files, undeclared);
  const contractOf = ({ policy, declared }: (typeof read)[number]): InputContract | undefined =>
    declared.input ?? found?.contracts.get(policy.id);
  const all = [
    ...problems,
    ...packages.flatMap((policy) => [...checkRuleShapes(root, policy), ...reservedRules(root, policy)]),
    ...undeclaredInEvery(root, files),
    ...libraries.flatMap((library) => libraryRules(root, library)),
    ...read.flatMap((result) => result.problems),
    ...read.flatMap((result) => unusableParameters(root, result.policy, contractOf(result))),
    ...checked,
    ...(found?.problems ?? []),
  ];
  if (all.length > 0) throw new BuildError(all);
  if (packages.length === 0) throw noPolicies(root);
  const policies = describePolicies(read, found?.contracts ?? new Map(), files);
  const notes = notesOn(read);
  await writeManifest(workspace, files, { revision, metadata: manifestMetadata(policies, notes) });
  await compile(workspace, packages);
  return { policies: policies.length, notes };
}

function texts(root: string, notes: readonly Note[]): readonly string[] {
  return notes.map(({ file, text }) => `${join(root, file)}: ${text}`);
}
