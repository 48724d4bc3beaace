// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** A whole application that nobody wrote for these policies, applied to a real API server as people do. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import path from "node:path";
import { z } from "zod";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { installPortcullis, type InstalledPortcullis } from "../cluster/install.ts";
import { corporaOrReason } from "../corpora.ts";
import * as command from "../docs/command.ts";
import { eventually, replaceBy } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { fileOf, person, policyBinding } from "./cluster.ts";

const corpora = corporaOrReason("the Online Boutique");
const { describe: withCluster, controlPlane } = await controlPlaneForTests("the Online Boutique");
const endToEnd = corpora === undefined ? describe.skip : withCluster;
const admin = person(controlPlane, "admin");

const MANIFESTS = path.resolve(corpora ?? "", "manifests/online-boutique.yaml");

/** `defaults: audit` leaves out what the pack `defaults` would fill in: the manifests are judged as they are. */
function bindings(enforcement: "warn" | "deny", defaults: "warn" | "audit"): readonly object[] {
  return [
    policyBinding("restricted", { policies: ["pod-security/*"], enforcement }),
    policyBinding("defaults", { policies: ["defaults/*"], enforcement: defaults }),
  ];
}

const Report = z.object({
  results: z.array(
    z.object({
      object: z.object({ kind: z.string(), name: z.string() }),
      decision: z.enum(["allow", "deny"]),
      findings: z.array(z.object({ policy: z.string(), enforcement: z.string(), message: z.string() })),
    }),
  ),
});
type Verdict = z.infer<typeof Report>["results"][number];

/** What `portcullis eval` says of the same files under the same bindings. */
async function verdicts(policies: string, file: string): Promise<readonly Verdict[]> {
  const args = ["eval", "--output=json", "--policies", policies, "--bindings", file, MANIFESTS];
  const { stdout } = await command.portcullis(".", args);
  return Report.parse(JSON.parse(stdout)).results;
}

function named({ kind, name }: Verdict["object"]): string {
  return `${kind}/${name}`;
}

/** The lines of some kind, without doubles: kubectl shows the same warning once. */
function lines(stderr: string, pattern: RegExp): readonly string[] {
  return [...new Set([...stderr.matchAll(pattern)].map(([, text = ""]) => text))].toSorted();
}

function findings(of: readonly Verdict[], enforcement: string): readonly string[] {
  const texts = of.flatMap((verdict) =>
    verdict.findings.filter((finding) => finding.enforcement === enforcement),
  );
  return [...new Set(texts.map(({ policy, message }) => `${policy}: ${message}`))].toSorted();
}

const KINDS = "deployments,services,serviceaccounts";
const Items = z.object({
  items: z.array(z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) })),
});

/** Everything of the application that a namespace has. */
async function storedIn(namespace: string): Promise<readonly string[]> {
  const { items } = Items.parse(
    JSON.parse(await admin.succeed(`get ${KINDS} --namespace=${namespace} --output=json`)),
  );
  const names = items.map(({ kind, metadata }) => named({ kind, name: metadata.name }));
  return names.filter((name) => name !== "ServiceAccount/default").toSorted();
}

async function applyIn(namespace: string): ReturnType<typeof admin.kubectl> {
  await admin.succeed(`create namespace ${namespace}`);
  return admin.kubectl(`apply --namespace=${namespace} --filename=${MANIFESTS}`);
}

/** The resources that a webhook entry is asked about. */
function resourcesOf(entry: string): Promise<string> {
  const chosen = `{.webhooks[?(@.name=="${entry}.portcullis.dev")].rules[*].resources}`;
  return admin.stored("validatingwebhookconfiguration/portcullis", chosen);
}

endToEnd("the Online Boutique under the restricted pack", () => {
  let file: string;
  let policies: string;
  let installed: InstalledPortcullis;

  beforeAll(async () => {
    policies = (await buildFolder("policies")).file;
    file = await fileOf("bindings.yaml", ...bindings("warn", "audit"));
    installed = await installPortcullis(controlPlane(), { policies, bindings: [file] });
  });

  /** Changes the bindings of the running server, then the webhooks: what is denied moves under `Fail`. */
  async function bind(...objects: readonly object[]): Promise<void> {
    const reloads = async (): Promise<number> => (await installed.log()).split('"msg":"reloaded"').length;
    const before = await reloads();
    await replaceBy(file, await fileOf("bindings.yaml", ...objects));
    await eventually("the server decides by them", async () => (await reloads()) > before);
    expect(await installed.applyWebhooks()).toMatchObject({ code: 0 });
  }

  test("in warn all of it is stored, and every violation is shown", async () => {
    const expected = await verdicts(policies, file);
    expect(await resourcesOf("validate-fail")).toBe("");
    expect(await resourcesOf("validate-ignore")).toContain('"deployments"');
    const { code, stderr } = await applyIn("warned");
    expect(lines(stderr, /^(?!Warning: )(.+)$/gm)).toEqual([]);
    expect(code).toBe(0);
    expect(lines(stderr, /^Warning: (.+)$/gm)).toEqual(findings(expected, "warn"));
    expect(stderr).toContain("Warning: pod-security/seccomp-restricted: ");
    expect(await storedIn("warned")).toEqual(expected.map(({ object }) => named(object)).toSorted());
  });

  test("in deny what violates it is kept out, and everything else is stored", async () => {
    await bind(...bindings("deny", "audit"));
    const expected = await verdicts(policies, file);
    const denied = expected.filter(({ decision }) => decision === "deny");
    expect(denied.map(({ object }) => object.kind)).toEqual(Array.from({ length: 12 }, () => "Deployment"));
    expect(await resourcesOf("validate-fail")).toContain('"deployments"');
    const { code, stderr } = await applyIn("denied");
    expect(code).toBe(1);
    const errors = [...stderr.matchAll(/"validate-fail\.portcullis\.dev" denied the request: /g)];
    expect(errors).toHaveLength(denied.length);
    expect(lines(stderr, /(?:denied the request: |^)(pod-security\/.+)$/gm)).toEqual(
      findings(denied, "deny"),
    );
    const allowed = expected.filter(({ decision }) => decision === "allow");
    expect(await storedIn("denied")).toEqual(allowed.map(({ object }) => named(object)).toSorted());
  });

  test("in deny all of it is stored, Pods among it, where the defaults fill in what is missing", async () => {
    await bind(...bindings("deny", "warn"));
    const expected = await verdicts(policies, file);
    expect(await applyIn("filled")).toMatchObject({ code: 0 });
    expect(await storedIn("filled")).toEqual(expected.map(({ object }) => named(object)).toSorted());
    const owners = "{.items[*].metadata.ownerReferences[*].name}";
    const pods = async (): Promise<readonly string[]> =>
      (await admin.stored("pods --namespace=filled", owners)).split(" ").filter((name) => name !== "");
    await eventually("each of the twelve has its Pod", async () => (await pods()).length === 12);
    const profiles = await admin.stored(
      "pods --namespace=filled",
      "{.items[*].spec.securityContext.seccompProfile.type}",
    );
    expect(profiles.split(" ")).toEqual(Array.from({ length: 12 }, () => "RuntimeDefault"));
  });
});
