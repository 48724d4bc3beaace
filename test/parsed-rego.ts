import { collectPolicies, parsePolicies } from "../src/policy-test/mutants/policy-file.ts";
import type { MutatedFile } from "../src/policy-test/mutants/mutant.ts";
import { withWorkspace } from "../src/build/workspace.ts";
import { policyFolder, testOpa, type Files } from "./policy-folder.ts";

/** Files of Rego as mutants are looked for in them, sorted by their paths. */
export async function parsedRego(files: Files): Promise<readonly MutatedFile[]> {
  const root = await policyFolder(files);
  const sources = await collectPolicies(root);
  return withWorkspace(await testOpa(), root, sources, (workspace) => parsePolicies(workspace, sources, 1));
}
