/**
 * The pack `pod-security` beside Kubernetes' own Pod Security admission: the fixtures of the latter, through the flow, by
 * the parameters of a binding and by the labels of a namespace.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Decision } from "../../src/admission/decision.ts";
import { readManifests } from "../../src/cli/manifest/read.ts";
import { jsonObject, sampleBinding } from "../samples.ts";
import { POLICIES } from "./pod-security-checks.ts";
import { obtainFixtures, type Fixture } from "./pod-security-fixtures.ts";
import { bindingsOfReadme, decide, loadPack, snapshotOf, type Pack } from "./pod-security-flow.ts";

/** Enough to show that a label's version arrives: that the checks of every version are right is shown by parameters. */
const LABELLED = new Set(["v1.0", "v1.18", "v1.24", "v1.37"]);

/** The policies by the names of fixtures: upstream's checks in lower case. */
const BY_FIXTURE = new Map(Object.entries(POLICIES).map(([id, policy]) => [id.toLowerCase(), policy]));

/** With the level restricted, these replace checks of the baseline from this minor version on (upstream's registry.go). */
const REPLACED = new Map([
  ["capabilities", { by: "capabilities-restricted", from: 22 }],
  ["host-path-volumes", { by: "volume-types", from: 0 }],
  ["proc-mount", { by: "proc-mount-restricted", from: 35 }],
  ["seccomp", { by: "seccomp-restricted", from: 19 }],
]);

/** The Pods of these fixtures violate another check as well, which is not what they are about. */
const BESIDE: Readonly<Record<string, string>> = {
  allowprivilegeescalation: "capabilities-restricted",
  privileged: "privilege-escalation",
  windowshostprocess: "host-namespaces",
};

const FIXTURES = 4537;

const obtained = await obtainFixtures(process.env);
if ("failure" in obtained)
  process.stderr.write(`skipped: the fixtures of Pod Security: ${obtained.failure}\n`);
const fixtures = "fixtures" in obtained ? obtained.fixtures : [];
const groups = [...Map.groupBy(fixtures, ({ level, version }) => `${level} ${version}`).values()].map(
  (each) => ({
    level: each[0]?.level,
    version: each[0]?.version ?? "",
    each,
  }),
);

let pack: Pack;

beforeAll(async () => {
  pack = await loadPack();
});

function manifestOf({ text }: Fixture): string {
  const [manifest] = readManifests("fixture.yaml", text).manifests;
  if (manifest === undefined) throw new Error(`no manifest: ${text}`);
  return manifest.text;
}

/** A Deployment with the Pod of a fixture as its template. */
function deploymentOf(fixture: Fixture): string {
  const pod = jsonObject(manifestOf(fixture));
  return JSON.stringify({ apiVersion: "apps/v1", kind: "Deployment", spec: { template: pod } });
}

function checkOf({ name }: Fixture): string {
  return name.replace(/\d+$/, "");
}

/** The policy that must find something. */
function named(fixture: Fixture): string {
  const { level, version } = fixture;
  const policy = BY_FIXTURE.get(checkOf(fixture)) ?? fixture.name;
  const replaced = level === "restricted" ? REPLACED.get(policy) : undefined;
  return replaced !== undefined && Number(version.slice(3)) >= replaced.from ? replaced.by : policy;
}

/** What a fixture came to, in the form of `expected`. */
function verdict(fixture: Fixture, { kind, findings }: Decision): string {
  const policies = new Set(findings.map(({ policy }) => policy.replace("pod-security/", "")));
  policies.delete(BESIDE[checkOf(fixture)] ?? "");
  return `${kind} ${[...policies].toSorted().join(", ")}`;
}

function expected(fixture: Fixture): string {
  return fixture.passes ? "allow " : `deny ${named(fixture)}`;
}

function verdicts(each: readonly Fixture[], of: (fixture: Fixture) => unknown): ReadonlyMap<string, unknown> {
  return new Map(each.map((fixture) => [`${fixture.passes ? "pass" : "fail"}/${fixture.name}`, of(fixture)]));
}

(fixtures.length === 0 ? describe.skip : describe)("the fixtures of Pod Security admission", () => {
  const table = groups.length === 0 ? [{ level: undefined, version: "", each: [] }] : groups;
  const labelled = table.filter(({ version }) => version === "" || LABELLED.has(version));

  test("are all there, for every version up to the newest", () => {
    expect(fixtures).toHaveLength(FIXTURES);
    const minors = fixtures.map(({ version }) => Number(version.slice(3)));
    expect(readFileSync("policies/lib/pod_security.rego", "utf8")).toContain(
      `newest := ${Math.max(...minors)}\n`,
    );
  });

  test.each(table)(
    "are judged as upstream does, by parameters: $level $version",
    ({ level, version, each }) => {
      const spec = { policies: ["pod-security/*"], enforcement: "deny", parameters: { level, version } };
      const snapshot = snapshotOf(pack, [sampleBinding("standards", spec)]);
      const found = verdicts(each, (fixture) =>
        verdict(fixture, decide(pack, snapshot, manifestOf(fixture))),
      );
      expect(found).toEqual(verdicts(each, expected));
    },
  );

  test.each(labelled)(
    "are judged as upstream does, by labels: $level $version",
    ({ level, version, each }) => {
      const labels = {
        "pod-security.kubernetes.io/enforce": level ?? "",
        "pod-security.kubernetes.io/enforce-version": version,
      };
      const snapshot = snapshotOf(pack, bindingsOfReadme(), labels);
      const pods = verdicts(each, (fixture) => decide(pack, snapshot, manifestOf(fixture)).kind);
      expect(pods).toEqual(verdicts(each, ({ passes }) => (passes ? "allow" : "deny")));
      const workloads = verdicts(each, (fixture) => {
        const { kind, findings } = decide(pack, snapshot, deploymentOf(fixture));
        return [kind, [...new Set(findings.map(({ enforcement }) => enforcement))]];
      });
      expect(workloads).toEqual(verdicts(each, ({ passes }) => ["allow", passes ? [] : ["warn"]]));
    },
  );
});
