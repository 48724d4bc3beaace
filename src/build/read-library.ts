import type { PortcullisError } from "../error.ts";
import { BuildError } from "./build-error.ts";
import { collectSources } from "./collect.ts";
import { parseFiles } from "./dialect.ts";
import { describeLibrary, undocumented, type LibraryPackage } from "./library.ts";
import { findPolicies } from "./policy-package.ts";
import { withWorkspace } from "./workspace.ts";

/** The library of a policy root, and what keeps its page from being whole. */
export interface Library {
  readonly packages: readonly LibraryPackage[];
  readonly problems: readonly PortcullisError[];
}

/** Reads `lib/` below a policy root. Throws BuildError for what is no Rego, POLICIES_MISSING, FILE_UNREADABLE. */
export async function readLibrary(root: string, opaProgram: string): Promise<Library> {
  const sources = await collectSources(root);
  const { files, problems } = await withWorkspace(opaProgram, root, sources, (workspace) =>
    parseFiles(workspace, sources),
  );
  if (problems.length > 0) throw new BuildError(problems);
  const { libraries } = findPolicies(root, files);
  return {
    packages: libraries.flatMap(describeLibrary),
    problems: undocumented(root, libraries, files),
  };
}
