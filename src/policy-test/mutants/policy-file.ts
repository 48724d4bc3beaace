import { BuildError } from "../../build/build-error.ts";
import { belongsToTests, collectSources, type SourceFile } from "../../build/collect.ts";
import { mapConcurrently } from "../../build/concurrency.ts";
import { parseTree } from "../../build/dialect.ts";
import { writeManifest, type Workspace } from "../../build/workspace.ts";
import type { MutatedFile } from "./mutant.ts";
import { isNode, readSource } from "./syntax-node.ts";

/** The Rego and data files of policies and tests. Throws as `collectSources` does. */
export function collectPolicies(root: string): Promise<readonly SourceFile[]> {
  return collectSources(root, belongsToTests);
}

/** Parses the staged Rego files, and tells OPA their dialects. Throws BuildError with all that is no valid Rego. */
export async function parsePolicies(
  workspace: Workspace,
  sources: readonly SourceFile[],
  parallel: number,
): Promise<readonly MutatedFile[]> {
  const rego = sources.filter(({ path }) => path.endsWith(".rego"));
  const parsed = await mapConcurrently(rego, parallel, async ({ path, content }) => {
    const result = await parseTree(workspace, path);
    if (!("tree" in result)) return result;
    const tree: unknown = JSON.parse(result.tree);
    const source = readSource(new TextDecoder().decode(content));
    return { path, dialect: result.dialect, source, tree: isNode(tree) ? tree : {} };
  });
  const problems = parsed.flatMap((result) => ("tree" in result ? [] : result));
  if (problems.length > 0) throw new BuildError(problems);
  const files = parsed.filter((result) => "tree" in result);
  await writeManifest(workspace, files);
  return files;
}
