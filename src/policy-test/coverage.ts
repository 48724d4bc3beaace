import { join } from "node:path";
import type { ReportCoverage } from "../report/test-report.ts";
import type { MarkedRule } from "./test-program.ts";

/** Which of the marked rules were reached, by policy. */
export function coverageOf(
  marked: readonly MarkedRule[],
  reached: ReadonlySet<string>,
  root: string,
): ReportCoverage {
  const byPolicy = Map.groupBy(marked, ({ file }) => file.replace(/\.rego$/, ""));
  const policies = [...byPolicy].map(([policy, rules]) => {
    const missed = rules.filter(({ id }) => !reached.has(id));
    return {
      policy,
      ...shares(rules.length, rules.length - missed.length),
      missed: missed.map(({ name, file, line }) => ({ name, file: join(root, file), line })),
    };
  });
  const missedRules = policies.reduce((sum, { missed }) => sum + missed.length, 0);
  return { ...shares(marked.length, marked.length - missedRules), policies };
}

function shares(rules: number, reached: number): Pick<ReportCoverage, "rules" | "reached" | "percent"> {
  // Rounded down: what is not whole is not 100 %.
  const percent = rules === 0 ? 100 : Math.floor((reached / rules) * 1_000) / 10;
  return { rules, reached, percent };
}
