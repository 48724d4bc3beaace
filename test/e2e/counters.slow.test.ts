// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** What the API server counts of its calls and what Portcullis counts of its decisions are the same. */
import { beforeAll, expect, test } from "@jest/globals";
import { decidedByMetrics, metricValues } from "../contract/metric-values.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { bundleOf, DENYING, podPolicy } from "../life/life.ts";
import { EXCLUSIONS, fileOf, person } from "./cluster.ts";
import { pod, SHOP } from "./objects.ts";
import { DRY_RUN, installAll, type Installed } from "./uninstallation.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("counters");
const admin = person(controlPlane, "admin");

const CREATE = "create --filename=-";

/** Two results for one input are an error of the evaluation. */
const FAILING = podPolicy(
  "fails",
  `deny contains msg if {
	input.request.object.metadata.labels.broken
	msg := twice(input.request.object.metadata.name)
}

twice(name) := name

twice(name) := upper(name)`,
);

const PATCHING = podPolicy(
  "patches",
  'patch contains {"op": "default", "path": "/metadata/labels/patched", "value": "yes"}',
);

/** For a kind that no controller writes. */
const WARNING = `# METADATA
# scope: package
# title: A policy that only warns
# custom:
#   match:
#     resources: [limitranges]
package life.warns

warn contains "look" if input.request.object
`;

/** The counters of the API server, by series. */
type Counters = ReadonlyMap<string, number>;

async function counted(): Promise<Counters> {
  return metricValues(await admin.succeed("get --raw /metrics"));
}

/** How much a counter of its webhooks has grown, over all series that have these labels. */
function growth(
  name: string,
  labels: Readonly<Record<string, string>>,
  [before, after]: readonly [Counters, Counters],
): number {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const sum = (counters: Counters): number =>
    [...counters]
      .filter(([series]) => series.startsWith(`apiserver_admission_webhook_${name}{`))
      .filter(([series]) => wanted.every((label) => series.includes(label)))
      .reduce((total, [, value]) => total + value, 0);
  return sum(after) - sum(before);
}

type Webhook = "mutate" | "validate";

/** What Portcullis counts of one webhook: allowed, denied, not decided for an error. */
function decidedBy(values: ReadonlyMap<string, number>, webhook: Webhook): readonly number[] {
  const own = new Map([...values].filter(([series]) => series.includes(`webhook="${webhook}"`)));
  return ["allow", "deny", "error"].map((decision) => decidedByMetrics(own, decision));
}

/** The same, since then. */
function grown(
  webhook: Webhook,
  [before, after]: readonly [ReadonlyMap<string, number>, ReadonlyMap<string, number>],
): readonly number[] {
  const earlier = decidedBy(before, webhook);
  return decidedBy(after, webhook).map((value, index) => value - (earlier[index] ?? 0));
}

function limitRange(name: string): object {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name, namespace: SHOP },
    spec: { limits: [] },
  };
}

const FAIL = { name: "validate-fail.portcullis.dev" };
const IGNORE = { name: "validate-ignore.portcullis.dev" };
const MUTATE = { name: "mutate.portcullis.dev" };

endToEnd("the counters of the API server and of Portcullis", () => {
  let installed: Installed;

  beforeAll(async () => {
    const { file } = await bundleOf({
      "life/denies.rego": DENYING,
      "life/fails.rego": FAILING,
      "life/warns.rego": WARNING,
      "life/patches.rego": PATCHING,
    });
    const bindings = [await fileOf("exclusions.yaml", EXCLUSIONS)];
    installed = await installAll(controlPlane(), { policies: file, bindings });
  });

  test("agree on what was admitted, denied and could not be decided, dry runs and real writes", async () => {
    const [before, decidedBefore] = [await counted(), await installed.replica.metrics()];
    for (const name of ["a", "b", "c"]) await admin.succeed(CREATE, pod(name));
    await admin.succeed("label pod/a --namespace=shop seen=yes");
    for (const labels of [{ bad: "1" }, { bad: "2" }]) {
      expect(await admin.kubectl(CREATE, pod("denied", { labels }))).toMatchObject({ code: 1 });
      expect(await admin.kubectl(DRY_RUN, pod("denied", { labels }))).toMatchObject({ code: 1 });
    }
    expect(await admin.kubectl("label pod/a --namespace=shop bad=yes")).toMatchObject({ code: 1 });
    const broken = pod("broken", { labels: { broken: "yes" } });
    for (const command of [CREATE, DRY_RUN]) {
      const { stderr } = await admin.kubectl(command, broken);
      expect(stderr).toContain("life/fails");
    }
    await admin.succeed(CREATE, limitRange("range"));
    const [after, decidedAfter] = [await counted(), await installed.replica.metrics()];
    const validated = grown("validate", [decidedBefore, decidedAfter]);
    expect(validated).toEqual([5, 5, 2]);
    const rejected = (code: string) => ({ ...FAIL, error_type: "no_error", rejection_code: code });
    expect([
      growth("request_total", { ...FAIL, rejected: "false" }, [before, after]) +
        growth("request_total", { ...IGNORE, rejected: "false" }, [before, after]),
      growth("rejection_count", rejected("403"), [before, after]),
      growth("rejection_count", rejected("500"), [before, after]),
    ]).toEqual(validated);
    expect(growth("request_total", { ...FAIL, rejected: "true" }, [before, after])).toBe(7);
    expect(growth("rejection_count", { error_type: "calling_webhook_error" }, [before, after])).toBe(0);
    expect(growth("fail_open_count", {}, [before, after])).toBe(0);
    // Of every Pod, whatever became of it.
    expect(grown("mutate", [decidedBefore, decidedAfter])).toEqual([11, 0, 0]);
    expect(growth("request_total", { ...MUTATE, rejected: "false" }, [before, after])).toBe(11);
    expect(growth("request_total", {}, [before, after])).toBe(5 + 5 + 2 + 11);
  });

  test("agree that nothing was decided while no server was there: rejected under Fail, let in under Ignore", async () => {
    await installed.replica.kill();
    const before = await counted();
    expect(await admin.kubectl(CREATE, pod("lost"))).toMatchObject({ code: 1 });
    expect(await admin.kubectl(DRY_RUN, pod("lost"))).toMatchObject({ code: 1 });
    for (const name of ["one", "two", "three"]) await admin.succeed(CREATE, limitRange(name));
    const after = await counted();
    const failed = { error_type: "calling_webhook_error" };
    expect(growth("rejection_count", { ...FAIL, ...failed }, [before, after])).toBe(2);
    expect(growth("rejection_count", {}, [before, after])).toBe(2);
    expect(growth("fail_open_count", IGNORE, [before, after])).toBe(3);
    expect(growth("fail_open_count", MUTATE, [before, after])).toBe(2);
    expect(growth("fail_open_count", {}, [before, after])).toBe(5);
    const replica = await installed.replicas.start();
    await replica.ready();
    for (const webhook of ["mutate", "validate"] as const)
      expect(decidedBy(await replica.metrics(), webhook)).toEqual([0, 0, 0]);
  });
});
