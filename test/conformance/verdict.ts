import type { Exclusion } from "./exclusions.ts";
import type { Outcome } from "./outcome.ts";
import type { TestCase } from "./test-case.ts";

/** `not yet` is a case that needs a builtin which the registry lacks. */
export const VERDICTS = ["passed", "not yet", "excluded", "failed"] as const;

export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "not yet"; readonly builtins: readonly string[] }
  | { readonly kind: "excluded"; readonly exclusion: Exclusion }
  | { readonly kind: "failed"; readonly why: string };

/** Judges an outcome by the exclusions. An excluded case that passes fails, so that the list never says too much. */
export function judge({ id }: TestCase, outcome: Outcome, exclusions: readonly Exclusion[]): Verdict {
  const byCase = exclusions.find(({ cases }) => cases.includes(id));
  if (outcome.kind === "passed") {
    return byCase === undefined
      ? { kind: "passed" }
      : { kind: "failed", why: "passes: remove its exclusion" };
  }
  const missing = outcome.kind === "not built" ? outcome.missing : [];
  const exclusion =
    byCase ?? exclusions.find(({ builtins }) => builtins.some((name) => missing.includes(name)));
  if (exclusion !== undefined) return { kind: "excluded", exclusion };
  if (missing.length > 0) return { kind: "not yet", builtins: missing };
  return { kind: "failed", why: outcome.why };
}
