/** How the pack `pod-security` is chosen: its parameters, and the labels of namespaces. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { bindPolicies } from "../../src/admission/bound-policy.ts";
import { sampleBinding } from "../samples.ts";
import { bindingsOfReadme, decide, loadPack, snapshotOf, type Pack } from "./pod-security-flow.ts";

let pack: Pack;

beforeAll(async () => {
  pack = await loadPack();
});

function bound(parameters: Readonly<Record<string, unknown>>): ReturnType<typeof bindPolicies> {
  return bindPolicies(pack.policies, [sampleBinding("own", { policies: ["pod-security/*"], parameters })]);
}

describe("the pack", () => {
  test("is one policy for each of the 19 checks, baseline denied and restricted warned of", () => {
    const enforcements = Map.groupBy(pack.policies, ({ metadata }) => metadata.enforcement);
    expect(enforcements.get("deny")).toHaveLength(12);
    expect(enforcements.get("warn")).toHaveLength(7);
    const categories = Map.groupBy(pack.policies, ({ metadata }) => metadata.category);
    expect(categories.get("Pod Security Standards (Baseline)")).toEqual(enforcements.get("deny"));
    expect(categories.get("Pod Security Standards (Restricted)")).toEqual(enforcements.get("warn"));
  });

  test("has one match and the same parameters for all", () => {
    const kinds = pack.policies.map(({ metadata: { match, parameters } }) =>
      JSON.stringify([match, parameters]),
    );
    expect(new Set(kinds).size).toBe(1);
  });
});

describe("a parameter", () => {
  test.each([
    [{}],
    [{ version: "v1.0" }],
    [{ version: "v1.999" }],
    [{ version: "latest", level: "baseline", label: "audit", workloads: "off" }],
    [{ workloads: false }],
  ])("that fits is taken: %j", (parameters) => {
    expect(bound(parameters)).toHaveLength(19);
  });

  test.each([
    [{ version: "1.30" }],
    [{ version: "v1.030" }],
    [{ version: "v1.30.1" }],
    [{ version: "newest" }],
    [{ version: 1.3 }],
    [{ level: "privileged" }],
    [{ level: "Baseline" }],
    [{ label: "deny" }],
    [{ workloads: "none" }],
    [{ workloads: true }],
    [{ workloads: null }],
    [{ levels: "baseline" }],
  ])("that does not fit is refused: %j", (parameters) => {
    expect(() => bound(parameters)).toThrow(/do not fit its schema/);
  });
});

/** Violates three checks of the baseline and all of restricted that are about every container. */
const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { hostPID: true, containers: [{ name: "web", securityContext: { privileged: true } }] },
};
const RESTRICTED_ONLY = { ...POD, spec: { containers: [{ name: "web" }] } };

function deploymentOf({ spec }: Pick<typeof POD, "spec"> | typeof RESTRICTED_ONLY): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { template: { spec } },
  };
}

function prefixed(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(labels);
  return Object.fromEntries(entries.map(([name, value]) => [`pod-security.kubernetes.io/${name}`, value]));
}

/** The decision, and the enforcements of what was found. */
function outcome(object: object, labels?: Readonly<Record<string, string>>): readonly unknown[] {
  const snapshot = snapshotOf(pack, bindingsOfReadme(), labels === undefined ? undefined : prefixed(labels));
  const { kind, findings } = decide(pack, snapshot, JSON.stringify(object));
  return [kind, ...new Set(findings.map(({ enforcement }) => enforcement))];
}

describe("the labels of a namespace", () => {
  test.each([
    ["none", {}, ["allow"], ["allow"]],
    ["privileged", { enforce: "privileged" }, ["allow"], ["allow"]],
    ["enforced", { enforce: "baseline" }, ["deny", "deny"], ["allow", "warn"]],
    ["enforced without warnings", { enforce: "baseline", warn: "privileged" }, ["deny", "deny"], ["allow"]],
    ["audited", { audit: "baseline" }, ["allow", "audit"], ["allow", "audit"]],
    ["warned of", { warn: "baseline" }, ["allow", "warn"], ["allow", "warn"]],
    ["enforced by a level that does not exist", { enforce: "Baseline" }, ["deny", "deny"], ["allow"]],
    ["warned of by one that does not exist", { warn: "Baseline" }, ["allow"], ["allow"]],
  ])("decide of Pods and workloads as in the API server: %s", (_, labels, pod, workload) => {
    expect(outcome(POD, labels)).toEqual(pod);
    expect(outcome(deploymentOf(POD), labels)).toEqual(workload);
  });

  test("let a Pod in that violates only what is warned of", () => {
    const labels = { enforce: "baseline", warn: "restricted", audit: "restricted" };
    expect(outcome(RESTRICTED_ONLY, labels)).toEqual(["allow", "warn"]);
    expect(outcome(RESTRICTED_ONLY, { ...labels, enforce: "restricted" })).toEqual(["deny", "deny"]);
  });

  test("that are not known keep a Pod out as a policy error", () => {
    expect(outcome(POD)).toEqual(["error"]);
    expect(outcome(deploymentOf(POD))).toEqual(["allow"]);
  });

  test("are restricted where they are not known, even if the binding does not select by them", () => {
    const spec = { policies: ["pod-security/*"], parameters: { label: "enforce" }, enforcement: "deny" };
    const snapshot = snapshotOf(pack, [sampleBinding("own", spec)]);
    expect(decide(pack, snapshot, JSON.stringify(RESTRICTED_ONLY)).kind).toBe("deny");
    expect(decide(pack, snapshot, JSON.stringify(deploymentOf(POD))).kind).toBe("allow");
  });
});

test("zero is zero however it is written", () => {
  const spec = `{"securityContext":{"runAsUser":-0},"containers":[{"name":"web","ports":[{"hostPort":-0}]}]}`;
  const manifest = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":${spec}}`;
  const found = decide(pack, snapshotOf(pack, []), manifest).findings.map(({ policy }) => policy);
  expect(found).toContain("pod-security/run-as-user");
  expect(found).not.toContain("pod-security/host-ports");
});
