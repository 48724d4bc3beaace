import { decidedByMetrics } from "./metric-values.ts";

const EVALUATIONS =
  /^portcullis_policy_evaluations_total\{policy="([^"]+)",enforcement="([^"]+)",result="([^"]+)"/;

/**
 * What the policies made of a recording, from the metrics before and after: a Markdown page to commit and review.
 * Dry runs count here, because the recording has them.
 */
export function recordingTable(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  reviews: number,
): string {
  const counts = new Map<string, Map<string, number>>();
  for (const [series, value] of after) {
    const [, policy, enforcement, result] = EVALUATIONS.exec(series) ?? [];
    if (policy === undefined || result === undefined) continue;
    const row = counts.get(`${policy} | ${enforcement}`) ?? new Map<string, number>();
    row.set(result, (row.get(result) ?? 0) + value - (before.get(series) ?? 0));
    counts.set(`${policy} | ${enforcement}`, row);
  }
  const decided = (kind: string): number => decidedByMetrics(after, kind) - decidedByMetrics(before, kind);
  const lines = [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, row]) => {
      const of = (result: string): number => row.get(result) ?? 0;
      const evaluations = [...row.values()].reduce((sum, value) => sum + value, 0);
      return `| ${key} | ${evaluations} | ${of("violation")} | ${of("error")} |`;
    });
  return [
    "# What the shipped policies make of the recorded reviews",
    "",
    `${reviews} reviews of \`validate.jsonl.gz\`: ${decided("allow")} allowed, ${decided("deny")} denied, ${decided("error")} errors.`,
    "The contract suite compares this page with the metrics of a server that decided them. After a change of a policy,",
    "write it anew with `UPDATE_TABLES=true make test`, and review the difference.",
    "",
    "| policy | enforcement | evaluations | violations | errors |",
    "| --- | --- | --: | --: | --: |",
    ...lines,
    "",
  ].join("\n");
}
