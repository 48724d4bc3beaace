/**
 * The pack `pod-security` beside Kubernetes' own code on random Pods: the same checks find something, in what a user
 * wrote and in what the API server makes of it.
 */
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc, { type Arbitrary } from "fast-check";
import type { Decision } from "../../src/admission/decision.ts";
import type { Snapshot } from "../../src/admission/snapshot.ts";
import { sampleBinding } from "../samples.ts";
import { POLICIES } from "./pod-security-checks.ts";
import { bindingsOfReadme, decide, loadPack, snapshotOf, type Pack } from "./pod-security-flow.ts";
import {
  obtainJudge,
  type ByLabels,
  type ByStandard,
  type Question,
  type Verdict,
} from "./pod-security-upstream/judge.ts";
import { labels } from "./pod-security-upstream/labels.ts";
import { pods } from "./pod-security-upstream/pods.ts";

const { env } = process;
/** The same each time, so that nobody's change fails for a Pod never tried before; set these to try others, and more. */
const SEED = Number(env["POD_SECURITY_SEED"] ?? 1);
const PODS = Number(env["POD_SECURITY_PODS"] ?? 5_000);
const LIMIT_MS = 600_000;
/** Few, as the pack is bound anew for each. */
const NAMESPACES = 300;
const NEWEST = 37;
/** A policy for each check. */
const IDS = Object.keys(POLICIES).toSorted();

/** One version is newer than the newest that upstream has checks for. */
const standards: Arbitrary<ByStandard> = fc.record({
  level: fc.constantFrom("baseline" as const, "restricted" as const),
  version: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: NEWEST + 1 }).map((minor) => `v1.${minor}`) },
    fc.constant("latest"),
  ),
  pod: pods,
});

const namespaces: Arbitrary<ByLabels> = fc.record({
  labels: fc.constantFrom(...fc.sample(labels, { seed: SEED, numRuns: NAMESPACES })),
  mode: fc.constantFrom("enforce" as const, "audit" as const, "warn" as const),
  pod: pods,
});

interface Judged<Q extends Question> {
  readonly question: Q;
  readonly verdict: Verdict;
}

/** What the pack makes of a Pod, in the form of `outcome`. */
type Flow<Q extends Question> = (question: Q, pod: string) => readonly string[];

const obtained = await obtainJudge(env);
if ("failure" in obtained)
  process.stderr.write(`skipped: random Pods beside Pod Security: ${obtained.failure}\n`);

async function judged<Q extends Question>(
  questions: Arbitrary<Q>,
  numRuns: number,
): Promise<readonly Judged<Q>[]> {
  if ("failure" in obtained) return [];
  const asked = fc.sample(questions, { seed: SEED, numRuns });
  const verdicts = await obtained.judge(asked);
  process.stderr.write(`${verdicts.length} Pods judged by Kubernetes' own code, POD_SECURITY_SEED=${SEED}\n`);
  return asked.flatMap((question, index) => {
    const verdict = verdicts[index];
    return verdict === undefined ? [] : [{ question, verdict }];
  });
}

/** The policies that find something under the binding of that name, and what they come to. */
function outcome({ kind, outcomes }: Decision, binding: string): readonly string[] {
  const found = outcomes.filter((each) => each.kind !== "pass" && each.binding === binding);
  const named = found.map((each) => `${each.kind} ${each.policy.replace("pod-security/", "")}`);
  const denies = found.some(({ enforcement }) => enforcement === "deny");
  return [...(denies ? [kind] : []), ...named.toSorted()];
}

/** Questions where that is not upstream's verdict, for the Pod as it was written or as the API server stores it. */
function differences<Q extends Question>(all: readonly Judged<Q>[], of: Flow<Q>): readonly unknown[] {
  return all.flatMap(({ question, verdict }) => {
    const failed = verdict.failed.map((id) => `violation ${POLICIES[id] ?? id}`).toSorted();
    const enforced = !("mode" in question) || question.mode === "enforce";
    const upstream = [...(enforced && failed.length > 0 ? ["deny"] : []), ...failed];
    // Kind and version are not part of what the program writes.
    const stored = { apiVersion: "v1", kind: "Pod", ...verdict.pod };
    const ours = [question.pod, stored].map((pod) => of(question, JSON.stringify(pod)));
    return ours.every((found) => found.join() === upstream.join()) ? [] : [{ question, upstream, ours }];
  });
}

function seen(all: readonly Judged<Question>[], where: "passed" | "failed"): readonly string[] {
  return [...new Set(all.flatMap(({ verdict }) => verdict[where]))].toSorted();
}

("failure" in obtained ? describe.skip : describe)("random Pods", () => {
  let pack: Pack;
  let byStandards: readonly Judged<ByStandard>[] = [];
  let byLabels: readonly Judged<ByLabels>[] = [];

  beforeAll(async () => {
    pack = await loadPack();
    byStandards = await judged(standards, PODS);
    byLabels = await judged(namespaces, PODS / 5);
  }, LIMIT_MS);

  test(
    "are judged as upstream does at every level and version",
    () => {
      const snapshots = new Map<string, Snapshot>();
      const found = differences(byStandards, ({ level, version }, pod) => {
        const key = `${level} ${version}`;
        const spec = { policies: ["pod-security/*"], enforcement: "deny", parameters: { level, version } };
        const snapshot = snapshots.get(key) ?? snapshotOf(pack, [sampleBinding("standards", spec)]);
        snapshots.set(key, snapshot);
        return outcome(decide(pack, snapshot, pod), "standards");
      });
      expect(found).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    "are judged as upstream does by the labels of their namespace",
    () => {
      const bindings = bindingsOfReadme();
      const snapshots = new Map<object, Snapshot>();
      const found = differences(byLabels, (question, pod) => {
        const snapshot = snapshots.get(question.labels) ?? snapshotOf(pack, bindings, question.labels);
        snapshots.set(question.labels, snapshot);
        return outcome(decide(pack, snapshot, pod), `pod-security-${question.mode}`);
      });
      expect(found).toEqual([]);
    },
    LIMIT_MS,
  );

  test("pass and fail each of upstream's checks", () => {
    expect(IDS).toHaveLength(19);
    expect(seen(byStandards, "passed")).toEqual(IDS);
    expect(seen(byStandards, "failed")).toEqual(IDS);
  });

  test.each(["baseline", "restricted"])("pass everything often enough: %s", (level) => {
    const atLevel = byStandards.filter(({ question }) => question.level === level);
    const allowed = atLevel.filter(({ verdict }) => verdict.failed.length === 0);
    expect(allowed.length).toBeGreaterThan(PODS / 50);
  });
});
