import { LEADER_TASKS } from "../../src/cli/serve/leading/telemetry.ts";
import { WATCHED_RESOURCES } from "../../src/cluster/follow/watched-resource.ts";
import { createRecords } from "../../src/telemetry/decision-record.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { REPLACEMENT_REASONS } from "../../src/workers/pool.ts";
import { REJECTIONS } from "../../src/server/status.ts";
import { sampleDecision, samplePolicy, sampleSnapshot, violationOutcome } from "../samples.ts";

/** The policy that `violationOutcome` is of. */
const POLICY = "pod-security/privileged";

/** The labels of every series that the server exports, by its name; a histogram also under its own name, without `le`. */
export async function metricLabels(): Promise<ReadonlyMap<string, readonly string[]>> {
  const metrics = createMetrics({
    rejections: REJECTIONS,
    replacements: REPLACEMENT_REASONS,
    watched: WATCHED_RESOURCES,
    load: () => ({ waiting: 0, threads: 0 }),
  });
  const entrypoints = { deny: "a/b/deny", patch: "a/b/patch" };
  metrics.loaded(sampleSnapshot({ policies: [samplePolicy(POLICY, { entrypoints })] }));
  metrics.decided(createRecords([POLICY])(sampleDecision([violationOutcome()]), "validate"), 0.01);
  metrics.certificateServed(new Date(0));
  metrics.clientCaUsed(new Date(0));
  const leader = metrics.leading({ tasks: LEADER_TASKS, faults: ["leaf-missing"], skew: () => 0 });
  leader.installed("ValidatingWebhookConfiguration", true);
  leader.kept("ValidatingWebhookConfiguration", true);
  leader.underIgnore(false);
  leader.authorityExpires(new Date(0));
  const text = await metrics.text();
  const series = [...text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)].map(
    ([, name = "", labels = ""]) =>
      [name, [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label).toSorted()] as const,
  );
  const known = new Map(series);
  for (const [, name = ""] of text.matchAll(/^# TYPE (\w+) histogram$/gm)) {
    known.set(name, known.get(`${name}_sum`) ?? []);
  }
  return known;
}

/** A use of a metric in a query: its labels, those by which it is grouped among them, and their values. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
  readonly values: readonly (readonly [label: string, value: string])[];
}

/**
 * What an API server says of the webhooks that it asks (k8s.io/apiserver, pkg/admission/metrics), with the labels that
 * alerts go by.
 */
export const OF_API_SERVER: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "apiserver_admission_webhook_rejection_count",
    ["error_type", "name", "operation", "rejection_code", "type"],
  ],
  ["apiserver_admission_webhook_fail_open_count", ["name", "type"]],
]);

/** Enough of PromQL to read the samples: `sum by (label) (rate(metric{label="value"}[5m]))`. */
export function selectorsIn(query: string): readonly Selector[] {
  const uses = [
    ...query.matchAll(/(?:by \(([^)]*)\)\s*\([^{[]*?)?\b((?:portcullis|apiserver)_\w+)(?:\{([^}]*)\})?/g),
  ];
  return uses.map(([, grouping = "", metric = "", matchers = ""]) => {
    const matched = [...matchers.matchAll(/(\w+)\s*(=~?|!=|!~)\s*"([^"]*)"/g)].map(
      ([, label = "", operator = "", value = ""]) => ({ label, operator, value }),
    );
    const values = matched
      .filter(({ operator }) => operator === "=")
      .map(({ label, value }) => [label, value] as const);
    const grouped = grouping.split(",").map((label) => label.trim());
    return {
      metric,
      values,
      labels: [...grouped, ...matched.map(({ label }) => label)].filter((label) => label !== ""),
    };
  });
}
