import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mapConcurrently } from "../../build/concurrency.ts";
import { withWorkspace } from "../../build/workspace.ts";
import { findMatchMutants } from "./match-mutants.ts";
import { findRuleMutants, type Mutant } from "./mutant.ts";
import { planStages } from "./plan.ts";
import { collectPolicies, parsePolicies } from "./policy-file.ts";
import { tryMutant, type Trial } from "./try-mutant.ts";

export interface MutantOptions {
  /** The folder of the packs. */
  readonly root: string;
  /** The path of the pinned OPA. */
  readonly opa: string;
  /** How many processes run side by side. */
  readonly parallel: number;
  readonly isWanted: (mutant: Mutant) => boolean;
  /** Whether somebody says that no test can notice a mutant. */
  readonly isListed: (mutant: Mutant) => boolean;
  /** Tries a mutant that no test in Rego notices and that is not listed, and every one of a match: no test sees it. */
  readonly tryFixtures: (mutant: Mutant) => Promise<Trial>;
  /** Called after each trial. */
  readonly onTried: (tried: readonly TriedMutant[], of: number) => void;
}

export interface TriedMutant {
  readonly mutant: Mutant;
  readonly trial: Trial;
}

export interface MutantResults {
  /** Every mutant that there is, wanted or not. */
  readonly mutants: readonly Mutant[];
  /** In the order of `mutants`. */
  readonly tried: readonly TriedMutant[];
  /** The text of each policy file by its path. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Changes the policies of a folder in every small way, runs the tests in Rego that can reach the change, and lets
 * `tryFixtures` try what survives.
 * Throws TESTS_FAIL if they fail before anything is changed, BuildError for invalid Rego, OPA_FAILED.
 */
export async function runMutants(options: MutantOptions): Promise<MutantResults> {
  const { root, opa, parallel, isWanted, tryFixtures, onTried } = options;
  const sources = await collectPolicies(root);
  return withWorkspace(opa, root, sources, async (workspace) => {
    const files = await parsePolicies(workspace, sources, parallel);
    const policies = files.filter(({ path }) => !path.endsWith("_test.rego"));
    const mutants = policies.flatMap((file) => [...findMatchMutants(file), ...findRuleMutants(file)]);
    const wanted = mutants.filter(isWanted);
    const manifest = await readFile(join(workspace.folder, ".manifest"));
    const laboratory = {
      opa,
      folder: dirname(workspace.folder),
      contents: new Map([
        ...sources.map(({ path, content }) => [path, content] as const),
        [".manifest", manifest],
      ]),
      dataFiles: [".manifest", ...sources.map(({ path }) => path).filter((path) => !path.endsWith(".rego"))],
    };
    const changed = new Set(wanted.filter(({ kind }) => kind === "rule").map(({ file }) => file));
    const stages = await planStages(laboratory, workspace.folder, { files, changed });
    const trialOf = async (mutant: Mutant): Promise<Trial> => {
      if (mutant.kind === "match") return tryFixtures(mutant);
      const planned = stages(mutant.file);
      // All tests and a build take seconds, and of those that are listed hardly one is noticed.
      if (options.isListed(mutant)) return tryMutant(laboratory, mutant, planned.slice(0, 1));
      const trial = await tryMutant(laboratory, mutant, planned);
      return trial === "survived" ? tryFixtures(mutant) : trial;
    };
    const done: TriedMutant[] = [];
    const tried = await mapConcurrently(wanted, parallel, async (mutant) => {
      const result = { mutant, trial: await trialOf(mutant) };
      done.push(result);
      onTried(done, wanted.length);
      return result;
    });
    return { mutants, tried, sources: new Map(policies.map(({ path, source }) => [path, source.text])) };
  });
}
