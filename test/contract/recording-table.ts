import type { Webhook } from "../../src/admission/decision.ts";
import { MUTATIONS } from "../../src/admission/patch/mutation.ts";
import { decidedByMetrics } from "./metric-values.ts";

const EVALUATIONS =
  /^portcullis_policy_evaluations_total\{policy="([^"]+)",enforcement="([^"]+)",result="([^"]+)"/;
const MUTATION = /^portcullis_mutations_total\{policy="([^"]+)",result="([^"]+)"/;

/** A server's metrics before and after it answered a recording. */
interface Recording {
  readonly before: ReadonlyMap<string, number>;
  readonly after: ReadonlyMap<string, number>;
  readonly reviews: number;
}

/** What the policies made of a recording: a Markdown page to commit and review. */
export function recordingTable(webhook: Webhook, recording: Recording): string {
  const { before, after, reviews } = recording;
  const decided = (kind: string): number => decidedByMetrics(after, kind) - decidedByMetrics(before, kind);
  return [
    `# What the shipped policies make of the reviews recorded for /${webhook}`,
    "",
    `${reviews} reviews of \`${webhook}.jsonl.gz\`: ${decided("allow")} allowed, ${decided("deny")} denied, ${decided("error")} errors.`,
    ...(webhook === "mutate" ? ["Every policy that patches is on (`test/fixtures/mutation`)."] : []),
    "The contract suite compares this page with the metrics of a server that decided them. After a change of a policy,",
    "write it anew with `UPDATE_TABLES=true make test`, and review the difference.",
    "",
    ...(webhook === "validate" ? evaluationTable(recording) : mutationTable(recording)),
    "",
  ].join("\n");
}

/** Dry runs count here, because the recording has them. */
function evaluationTable(recording: Recording): readonly string[] {
  const rows = [...countsBy(EVALUATIONS, recording)].map(([key, row]) => {
    const of = (result: string): number => row.get(result) ?? 0;
    const evaluations = [...row.values()].reduce((sum, value) => sum + value, 0);
    return `| ${key} | ${evaluations} | ${of("violation")} | ${of("existing")} | ${of("error")} |`;
  });
  return [
    "| policy | enforcement | evaluations | violations | existing | errors |",
    "| --- | --- | --: | --: | --: | --: |",
    ...rows,
  ];
}

/** Without dry runs, as the metric has it. */
function mutationTable(recording: Recording): readonly string[] {
  const rows = [...countsBy(MUTATION, recording)].map(
    ([policy, row]) => `| ${policy} | ${MUTATIONS.map((result) => row.get(result) ?? 0).join(" | ")} |`,
  );
  return [
    `| policy | ${MUTATIONS.join(" | ")} |`,
    `| --- |${MUTATIONS.map(() => " --: |").join("")}`,
    ...rows,
  ];
}

/** How much the series of a metric grew: by its labels but the last, and by the last, which is the result. */
function countsBy(
  metric: RegExp,
  { before, after }: Recording,
): readonly (readonly [string, ReadonlyMap<string, number>])[] {
  const counts = new Map<string, Map<string, number>>();
  for (const [series, value] of after) {
    const labels = metric.exec(series)?.slice(1) ?? [];
    const result = labels.at(-1);
    if (result === undefined) continue;
    const key = labels.slice(0, -1).join(" | ");
    const row = counts.get(key) ?? new Map<string, number>();
    row.set(result, (row.get(result) ?? 0) + value - (before.get(series) ?? 0));
    counts.set(key, row);
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
