/** A change of a policy that no test notices. */
export interface SurvivingMutant {
  /** As the user named it; lines and columns count from 1. */
  readonly file: string;
  /** The same, relative to the policy root, as the list of equivalent mutants has it. */
  readonly listedFile: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  /** Which one of the equal ones of the rule, from 1. */
  readonly occurrence: number;
  /** The change as a unified diff, line by line. */
  readonly diff: readonly string[];
}

/** An entry of the list of equivalent mutants that is not true, or not true any more. */
export interface StaleEntry {
  /** Where the entry is. */
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

/** How many mutants there were of each fate; those that never end are counted as killed, too. */
export interface MutantCounts {
  readonly mutants: number;
  readonly killed: number;
  readonly endless: number;
  /** OPA does not compile them, so nobody can write them by accident. */
  readonly invalid: number;
  /** Survived, and listed as equivalent with a reason. */
  readonly equivalent: number;
  readonly survived: number;
}

/** What `portcullis test --mutants` says. */
export interface MutantReport {
  readonly apiVersion: string;
  readonly kind: "MutantReport";
  readonly summary: MutantCounts & { readonly seconds: number };
  readonly policies: readonly (MutantCounts & { readonly file: string })[];
  readonly survivors: readonly SurvivingMutant[];
  readonly stale: readonly StaleEntry[];
  /** The list of equivalent mutants, for remedies. */
  readonly list: string;
}
