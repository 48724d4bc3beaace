import { describe, expect, test } from "@jest/globals";
import { setImmediate as endOfTurn } from "node:timers/promises";
import fc from "fast-check";
import { z } from "zod";
import { REVISION, sampleDecision, samplePolicy, sampleSnapshot } from "../../test/samples.ts";
import type { Decision } from "../admission/decision.ts";
import type { Finding, Outcome } from "../admission/outcome.ts";
import type { Mutation } from "../admission/patch/mutation.ts";
import { PortcullisError } from "../error.ts";
import { createRecords } from "./decision-record.ts";
import { createMetrics } from "./metrics.ts";
import { createRecorder } from "./recorder.ts";
import { numberedPolicies } from "./series.ts";

const SNAPSHOT = sampleSnapshot({
  policies: [
    samplePolicy("a/one", { entrypoints: { deny: "a/one/deny", warn: "a/one/warn" } }),
    samplePolicy("b/two", { entrypoints: { deny: "b/two/deny", patch: "b/two/patch" } }),
  ],
});

const finding: Finding = {
  policy: "a/one",
  rule: "deny",
  enforcement: "deny",
  severity: "high",
  message: "no privileged containers",
  field: "spec.containers[0]",
  details: undefined,
  remediation: undefined,
};
const evaluated = { binding: undefined, enforcement: "deny", failurePolicy: "Fail", seconds: 0.002 } as const;
const failure = new PortcullisError("EVALUATION_FAILED", { message: "it broke", remedy: "mend it" });
const OUTCOMES: readonly Outcome[] = [
  { ...evaluated, policy: "a/one", kind: "violation", findings: [finding, finding, finding] },
  { ...evaluated, policy: "a/one", enforcement: "warn", kind: "pass" },
  { ...evaluated, policy: "b/two", kind: "error", error: failure },
];

const mutated = { policy: "b/two", binding: undefined, seconds: 0.002 } as const;
const MUTATIONS: readonly Mutation[] = [
  { ...mutated, kind: "patched" },
  { ...mutated, binding: "strict", kind: "unchanged" },
  { ...mutated, binding: "trial", kind: "audited" },
];

const decided = sampleDecision(OUTCOMES);
const userInfo = { username: "jane", groups: ["dev"] };
const denied: Decision = { ...decided, request: { ...decided.request, uid: "uid-1", userInfo } };

const CountedLine = z.object({
  findings: z.array(z.unknown()),
  findings_left_out: z.int(),
  errors: z.array(z.unknown()),
  errors_left_out: z.int(),
});

/** What the mutating webhook decided. */
const patched: Decision = {
  ...denied,
  kind: "allow",
  stage: "mutate",
  outcomes: [],
  findings: [],
  errors: [],
  mutations: MUTATIONS,
  patch: [{ op: "add", path: "/data/password", value: "hunter2" }],
};

interface Recorded {
  readonly text: string;
  readonly lines: readonly unknown[];
  /** The lines as they were written. */
  readonly written: readonly string[];
}

async function recorded(...decisions: readonly Decision[]): Promise<Recorded> {
  const written: string[] = [];
  const metrics = createMetrics({
    rejections: ["REVIEW_INVALID", "INTERNAL"],
    replacements: ["timeout"],
    watched: ["namespaces"],
    load: () => ({ waiting: 3, threads: 2 }),
  });
  metrics.loaded(SNAPSHOT);
  const recorder = createRecorder(metrics, {
    write: (lines) => written.push(...lines.split(/(?<=\n)/)),
  });
  const recordOf = createRecords(numberedPolicies(SNAPSHOT));
  for (const decision of decisions) {
    recorder.record(recordOf(decision, decision.stage === "mutate" ? "mutate" : "validate"), 0.004);
  }
  metrics.rejected("INTERNAL");
  await endOfTurn();
  const lines = written.map((line) => {
    expect(line).toMatch(/^[^\n]+\n$/);
    const fields: unknown = JSON.parse(line);
    return fields;
  });
  return { text: await metrics.text(), lines, written };
}

/** Sample lines of one metric, sorted. */
function samples(text: string, name: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .toSorted();
}

describe("metrics", () => {
  test("one decision adds one to its request series and one for each outcome, however many violations", async () => {
    const { text } = await recorded(denied);
    expect(
      samples(text, "portcullis_admission_requests_total").filter((line) => line.endsWith(" 1")),
    ).toEqual([
      'portcullis_admission_requests_total{webhook="validate",operation="CREATE",decision="deny",dry_run="false"} 1',
    ]);
    expect(
      samples(text, "portcullis_policy_evaluations_total").filter((line) => !line.endsWith(" 0")),
    ).toEqual([
      'portcullis_policy_evaluations_total{policy="a/one",enforcement="deny",result="violation",dry_run="false"} 1',
      'portcullis_policy_evaluations_total{policy="a/one",enforcement="warn",result="pass",dry_run="false"} 1',
      'portcullis_policy_evaluations_total{policy="b/two",enforcement="deny",result="error",dry_run="false"} 1',
    ]);
  });

  test("violations that exist already are no denials", async () => {
    const existing: Finding = { ...finding, enforcement: "warn", existing: true };
    const kept = sampleDecision([{ ...evaluated, policy: "a/one", kind: "existing", findings: [existing] }]);
    const { text, lines } = await recorded(kept);
    expect(
      samples(text, "portcullis_policy_evaluations_total").filter((line) => !line.endsWith(" 0")),
    ).toEqual([
      'portcullis_policy_evaluations_total{policy="a/one",enforcement="deny",result="existing",dry_run="false"} 1',
    ]);
    expect(lines).toMatchObject([
      { decision: "allow", findings: [{ policy: "a/one", enforcement: "warn", existing: true }] },
    ]);
  });

  test("the series of loaded policies exist at 0 before the first request, and only those that can occur", async () => {
    const { text } = await recorded();
    const pairs = samples(text, "portcullis_policy_evaluations_total").map(
      (line) => /policy="(.*?)",enforcement="(.*?)".* 0$/.exec(line)?.slice(1, 3).join(" ") ?? line,
    );
    expect([...new Set(pairs)]).toEqual(["a/one deny", "a/one warn", "b/two deny"]);
    expect(samples(text, "portcullis_admission_requests_total")).toHaveLength(24);
    expect(samples(text, "portcullis_mutations_total")).toEqual(
      ["audited", "error", "held", "patched", "unchanged"].map(
        (result) => `portcullis_mutations_total{policy="b/two",result="${result}"} 0`,
      ),
    );
    expect(samples(text, "portcullis_http_rejected_total")).toEqual([
      'portcullis_http_rejected_total{reason="INTERNAL"} 1',
      'portcullis_http_rejected_total{reason="REVIEW_INVALID"} 0',
    ]);
    expect(text).toContain(`portcullis_bundle_info{revision="${REVISION}"} 1`);
    expect(text).toContain("process_cpu_seconds_total");
  });

  test("one mutation adds one for each policy and binding, and nothing for a dry run", async () => {
    const dryRun: Decision = { ...patched, request: { ...patched.request, dryRun: true } };
    const { text } = await recorded(patched, dryRun, {
      ...patched,
      mutations: [{ ...mutated, kind: "patched" }],
    });
    expect(samples(text, "portcullis_mutations_total").filter((line) => !line.endsWith(" 0"))).toEqual([
      'portcullis_mutations_total{policy="b/two",result="audited"} 1',
      'portcullis_mutations_total{policy="b/two",result="patched"} 2',
      'portcullis_mutations_total{policy="b/two",result="unchanged"} 1',
    ]);
    expect(text).toContain(
      'portcullis_admission_requests_total{webhook="mutate",operation="CREATE",decision="allow",dry_run="false"} 2',
    );
    expect(text).toContain('portcullis_policy_evaluation_duration_seconds_count{policy="b/two"} 7');
  });

  test("dry runs have series of their own", async () => {
    const { text } = await recorded({ ...denied, request: { ...denied.request, dryRun: true } });
    expect(text).toContain('operation="CREATE",decision="deny",dry_run="true"} 1');
    expect(text).toContain('operation="CREATE",decision="deny",dry_run="false"} 0');
  });

  test("durations are in seconds and in the published buckets", async () => {
    const { text } = await recorded(denied);
    const buckets = samples(text, "portcullis_admission_duration_seconds_bucket").map(
      (line) => /le="(.*?)".* (\d)$/.exec(line)?.slice(1).join(":") ?? line,
    );
    expect(buckets.toSorted()).toEqual(
      // prettier-ignore
      ["0.001:0", "0.0025:0", "0.005:1", "0.01:1", "0.025:1", "0.05:1", "0.1:1", "0.25:1", "0.5:1", "1:1", "2.5:1", "10:1", "+Inf:1"].toSorted(),
    );
    expect(text).toContain('portcullis_policy_evaluation_duration_seconds_count{policy="a/one"} 2');
  });

  test("no label value comes from the user or the object", async () => {
    const { text } = await recorded(denied);
    expect(text).not.toMatch(/jane|shop|web"|privileged containers/);
  });
});

describe("the decision log", () => {
  test("says who wrote what, what was decided, by which bundle and why", async () => {
    const { lines } = await recorded(denied);
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        uid: "uid-1",
        webhook: "validate",
        operation: "CREATE",
        kind: "Pod",
        resource: "pods",
        namespace: "shop",
        name: "web",
        user: "jane",
        decision: "deny",
        dry_run: false,
        revision: REVISION,
        duration_ms: 4,
        findings: [
          {
            policy: "a/one",
            enforcement: "deny",
            field: "spec.containers[0]",
            message: "no privileged containers",
          },
        ],
        errors: [{ policy: "b/two", code: "EVALUATION_FAILED", blocks: true, message: "it broke" }],
        msg: "decision",
      },
    ]);
  });

  test("an error is logged as an error, an allowed request and its exclusion as information", async () => {
    const exclusion = { kind: "user", user: "jane" } as const;
    const { lines } = await recorded({ ...denied, kind: "error" }, { ...denied, kind: "allow", exclusion });
    expect(lines).toMatchObject([
      { level: "error", decision: "error" },
      { level: "info", decision: "allow", exclusion },
    ]);
  });

  test("a mutation says who changed the object, and never what was written", async () => {
    const { lines } = await recorded(patched);
    expect(lines).toMatchObject([
      {
        webhook: "mutate",
        mutations: [
          { policy: "b/two", result: "patched" },
          { policy: "b/two", binding: "trial", result: "audited" },
        ],
        patch_operations: 1,
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|strict/);
  });

  test("nothing that a policy says about a Secret is logged", async () => {
    const quoting = { ...finding, message: "the password hunter2 is weak" };
    const leaking = new PortcullisError("EVALUATION_FAILED", {
      message: "hunter2 is no number",
      remedy: "mend it",
    });
    const { lines } = await recorded({
      ...denied,
      request: { ...denied.request, resource: { group: "", version: "v1", resource: "secrets" } },
      findings: [quoting],
      errors: [{ policy: "b/two", error: leaking, blocks: true }],
    });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(lines[0]).toMatchObject({
      findings: [{ policy: "a/one", field: "spec.containers[0]" }],
      errors: [{ policy: "b/two", code: "EVALUATION_FAILED" }],
    });
  });

  test("says how many findings and errors have no room", async () => {
    const long = { ...finding, message: "\n🚀".repeat(5_000), field: "x".repeat(5_000) };
    const failed = { policy: "b/two", error: failure, blocks: true };
    const { lines } = await recorded({
      ...denied,
      findings: Array.from({ length: 100 }, () => long),
      errors: Array.from({ length: 100 }, () => failed),
    });
    const { findings, findings_left_out, errors, errors_left_out } = CountedLine.parse(lines[0]);
    expect([findings.length + findings_left_out, errors.length + errors_left_out]).toEqual([100, 100]);
    expect(Math.min(findings.length, errors.length)).toBeGreaterThan(8);
  });

  test("a line is one line below 16 KiB, whatever a review holds", async () => {
    // Long texts of characters that are longer in JSON than they are: escapes, controls, half surrogate pairs.
    const text = fc
      .tuple(
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.constantFrom("", "\u0000", "\ud800", '"', "é", "🚀"),
      )
      .map(([start, unit]) => start + unit.repeat(20_000));
    const anyDecision = fc.record({ uid: text, kind: text, group: text, name: text, user: text, said: text });
    await fc.assert(
      fc.asyncProperty(anyDecision, async ({ uid, kind, group, name, user, said }) => {
        const error = new PortcullisError("EVALUATION_FAILED", { message: said, remedy: "mend it" });
        const { written } = await recorded({
          ...denied,
          request: {
            ...denied.request,
            uid,
            name,
            namespace: name,
            kind: { group, version: "v1", kind },
            resource: { group, version: "v1", resource: kind },
            subResource: kind,
            userInfo: { username: user, groups: [] },
          },
          exclusion: { kind: "namespace", namespace: name, pattern: name },
          findings: Array.from({ length: 60 }, () => ({ ...finding, message: said, field: name })),
          errors: Array.from({ length: 60 }, () => ({ policy: "b/two", error, blocks: true })),
        });
        expect(Buffer.byteLength(written[0] ?? "")).toBeLessThan(16 * 1024);
      }),
      { numRuns: 30 },
    );
  });

  test("what fits is whole, and what does not is cut between characters", async () => {
    const name = "n".repeat(253);
    const user = `${"é".repeat(100)}🚀`.repeat(2);
    const { lines } = await recorded({
      ...denied,
      request: { ...denied.request, name, userInfo: { username: user, groups: [] } },
    });
    expect(lines).toMatchObject([{ name, user: `${"é".repeat(100)}🚀${"é".repeat(23)}…` }]);
  });
});
