import { join } from "node:path";
import { API_VERSION } from "../../policy/binding.ts";
import type { Ink } from "../../report/ink.ts";
import type { MutantCounts, MutantReport, StaleEntry, SurvivingMutant } from "../../report/mutant-report.ts";
import { unifiedDiff } from "../../report/unified-diff.ts";
import { keyOf, LIST, type Equivalent } from "./equivalents.ts";
import type { Mutant } from "./mutant.ts";
import type { MutantResults, TriedMutant } from "./run-mutants.ts";

export interface Reporting {
  readonly root: string;
  readonly seconds: number;
  /** For the differences. */
  readonly ink: Ink;
}

/** Sets the survivors against the list of those that nobody can notice. */
export function reportMutants(
  results: MutantResults,
  equivalents: readonly Equivalent[],
  { root, seconds, ink }: Reporting,
): MutantReport {
  const listed = new Set(equivalents.map(keyOf));
  const counts = (tried: readonly TriedMutant[]): MutantCounts => countsOf(tried, listed);
  const byFile = Map.groupBy(results.tried, ({ mutant }) => mutant.file);
  const survivors = results.tried.filter(
    ({ mutant, trial }) => trial === "survived" && !listed.has(keyOf(mutant)),
  );
  return {
    apiVersion: API_VERSION,
    kind: "MutantReport",
    summary: { ...counts(results.tried), seconds },
    policies: [...byFile].map(([file, tried]) => ({ file: join(root, file), ...counts(tried) })),
    survivors: survivors.map(({ mutant }) => survivor(mutant, results, { root, seconds, ink })),
    stale: staleEntries(results, equivalents, root),
    list: join(root, LIST),
  };
}

function countsOf(tried: readonly TriedMutant[], listed: ReadonlySet<string>): MutantCounts {
  const count = (trial: TriedMutant["trial"]): number => tried.filter((each) => each.trial === trial).length;
  const survivors = tried.filter(({ trial }) => trial === "survived");
  const equivalent = survivors.filter(({ mutant }) => listed.has(keyOf(mutant))).length;
  return {
    mutants: tried.length,
    killed: count("killed") + count("timeout"),
    endless: count("timeout"),
    invalid: count("invalid"),
    equivalent,
    survived: survivors.length - equivalent,
  };
}

function survivor(mutant: Mutant, { sources }: MutantResults, { root, ink }: Reporting): SurvivingMutant {
  const { text, file: listedFile, line, column, rule, operator, before, after, occurrence } = mutant;
  const file = join(root, listedFile);
  const edit = { line: 1, before: sources.get(listedFile) ?? "", after: text };
  const diff = unifiedDiff(edit, file, ink);
  return { file, listedFile, line, column, rule, operator, before, after, occurrence, diff };
}

/** Entries of mutants that were not tried are left alone. */
function staleEntries(
  { mutants, tried }: MutantResults,
  equivalents: readonly Equivalent[],
  root: string,
): readonly StaleEntry[] {
  const existing = new Set(mutants.map(keyOf));
  const trials = new Map(tried.map(({ mutant, trial }) => [keyOf(mutant), trial]));
  return equivalents.flatMap((entry, index) => {
    const key = keyOf(entry);
    const problem = existing.has(key)
      ? problemOf(trials.get(key), equivalents.findIndex((other) => keyOf(other) === key) < index)
      : `there is no such mutant of ${entry.file}`;
    return problem === undefined ? [] : [{ file: join(root, LIST), line: entry.line, problem }];
  });
}

function problemOf(trial: TriedMutant["trial"] | undefined, again: boolean): string | undefined {
  if (again) return "this mutant is listed twice";
  switch (trial) {
    case undefined:
    case "survived":
      return undefined;
    case "invalid":
      return "this mutant does not compile, so it needs no reason";
    case "killed":
    case "timeout":
      return "a test notices this mutant, so it is not equivalent";
  }
}
