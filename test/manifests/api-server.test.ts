// oxlint-disable jest/no-standalone-expect -- the rule does not see that `api` is `describe` or `describe.skip`
/** What a real API server makes of the manifests: schemas, permissions, defaults. */
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { portcullis } from "../docs/command.ts";
import { eventually, metric, podReview, verdictOf } from "../life/life.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { startServer } from "../running-server.ts";
import { buildOverlay, OVERLAYS, type Resource } from "./overlay.ts";
import { OVERLAYS_WITH_WEBHOOKS } from "./webhooks.ts";
import { podOf } from "./workload.ts";

const { describe: api, controlPlane } = await controlPlaneForTests("manifests in an API server");

/** Of custom resources whose definitions other projects install, the API server knows nothing. */
function isKnown({ apiVersion }: Resource): boolean {
  return !apiVersion.startsWith("cert-manager.io/");
}

function documents(resources: readonly object[]): string {
  return resources.map((resource) => JSON.stringify(resource)).join("\n---\n");
}

const APPLY = ["apply", "--server-side", "--validate=strict", "--filename=-"];

function binding(name: string, spec: object): string {
  const object = {
    apiVersion: "policy.portcullis.dev/v1alpha1",
    kind: "PolicyBinding",
    metadata: { name },
    spec,
  };
  return JSON.stringify(object);
}

const CONFIGURATIONS = [
  "validatingwebhookconfigurations/portcullis",
  "mutatingwebhookconfigurations/portcullis",
  "--ignore-not-found",
];
const Patched = z.object({ response: z.object({ patch: z.base64() }) });
const PRIVILEGED = { containers: [{ name: "web", image: "web:1", securityContext: { privileged: true } }] };

/** A kubeconfig with the token that the Pods of the Deployment get. */
async function kubeconfigOfServer(folder: string): Promise<string> {
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await controlPlane().kubectl(args);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const token = await run("create", "token", "portcullis", "--namespace=portcullis-system");
  const file = path.join(folder, "kubeconfig");
  await copyFile(controlPlane().kubeconfig(), file);
  const user = await run("config", "view", "--minify", "--output=jsonpath={.users[0].name}");
  await run(`--kubeconfig=${file}`, "config", "unset", `users.${user}`);
  await run(`--kubeconfig=${file}`, "config", "set-credentials", user, `--token=${token}`);
  return file;
}

async function countPods(): Promise<number> {
  const args = ["get", "pods", "--namespace=portcullis-system", "--output=name"];
  const { stdout } = await controlPlane().kubectl(args);
  return stdout.split("\n").filter((line) => line.startsWith("pod/portcullis-")).length;
}

api("an API server", () => {
  beforeAll(async () => {
    const input = documents(buildOverlay("../base").resources);
    const { code, stderr } = await controlPlane().kubectl(APPLY, { input });
    if (code !== 0) throw new Error(stderr);
    const name = "crd/policybindings.policy.portcullis.dev";
    await controlPlane().kubectl(["wait", "--for=condition=Established", name]);
  });

  const webhooks = OVERLAYS_WITH_WEBHOOKS.map((name) => `${name}/webhooks`);

  test.each([...OVERLAYS, ...webhooks])("takes every object of the overlay %s as it is", async (name) => {
    const input = documents(buildOverlay(name).resources.filter(isKnown));
    const { code, stdout, stderr } = await controlPlane().kubectl([...APPLY, "--dry-run=server"], { input });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(buildOverlay(name).resources.filter(isKnown).length);
  });

  test.each(OVERLAYS.filter((name) => name !== "local"))(
    "admits the Pods of the overlay %s into their namespace, which is at the restricted level",
    async (name) => {
      const pod = podOf(buildOverlay(name));
      const input = JSON.stringify(pod);
      const { code, stderr } = await controlPlane().kubectl(
        ["create", "--dry-run=server", "--validate=strict", "--filename=-"],
        { input },
      );
      expect([code, stderr]).toEqual([0, ""]);
    },
  );

  test("lets the controllers make both Pods of the Deployment", async () => {
    await eventually("both Pods are there", async () => (await countPods()) >= 2);
    expect(await countPods()).toBe(2);
  });

  test("publishes a definition that it accepts in full", async () => {
    const { stdout } = await controlPlane().kubectl([
      "get",
      "crd/policybindings.policy.portcullis.dev",
      "--output=jsonpath={range .status.conditions[*]}{.type}={.status} {end}",
    ]);
    // A schema that is not structural would be told by the condition NonStructuralSchema.
    expect(stdout.trim().split(" ").toSorted()).toEqual(["Established=True", "NamesAccepted=True"]);
  });

  test("keeps a binding as it was written, parameters of any shape among it", async () => {
    const spec = {
      policies: ["labels/required"],
      match: { objectSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
      parameters: {
        labels: [{ key: "team", pattern: "[a-z]+" }],
        nested: { any: [1, null, { thing: true }] },
      },
      enforcement: "deny",
    };
    const { code, stderr } = await controlPlane().kubectl(APPLY, { input: binding("good", spec) });
    expect([code, stderr]).toEqual([0, ""]);
    const read = await controlPlane().kubectl(["get", "policybinding/good", "--output=jsonpath={.spec}"]);
    expect(JSON.parse(read.stdout)).toEqual(spec);
    const table = await controlPlane().kubectl(["get", "policybindings"]);
    expect(table.stdout).toMatch(/^NAME +POLICIES +ENFORCEMENT +AGE\ngood +\["labels\/required"\] +deny/);
  });

  test.each<[string, object, string]>([
    ["without policies", {}, "spec.policies: Required value"],
    ["with an unknown enforcement", { policies: ["a/b"], enforcement: "dryrun" }, 'supported values: "deny"'],
    ["with a misspelt field", { policies: ["a/b"], enforcment: "deny" }, "spec.enforcment"],
    [
      "with a pattern for users",
      { policies: ["a/b"], match: { users: ["system:*"] } },
      "spec.match.users[0]",
    ],
    [
      "with a selector without values",
      { policies: ["a/b"], match: { objectSelector: { matchExpressions: [{ key: "a", operator: "In" }] } } },
      "In and NotIn need `values`",
    ],
  ])("refuses a binding %s and says where", async (_name, spec, message) => {
    const { code, stderr } = await controlPlane().kubectl(APPLY, { input: binding("bad", spec) });
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test("lets the server's account install the webhooks, and nothing is left over that it may not do", async () => {
    const folder = await temporaryFolder();
    await ensureDevelopmentCertificates(folder, new Date());
    const local = documents(buildOverlay("local").resources);
    const applied = await controlPlane().kubectl([...APPLY, "--force-conflicts"], { input: local });
    expect([applied.code, applied.stderr]).toEqual([0, ""]);
    const server = await startServer(folder, [
      "--policies",
      "policies",
      "--bindings",
      "manifests/base/bindings",
    ]);
    try {
      const kubeconfig = await kubeconfigOfServer(folder);
      const service = `portcullis-system/portcullis:${server.admissionPort}`;
      const from = ["--bindings", "manifests/base/bindings", "--ca-file", path.join(folder, "ca.crt")];
      const to = ["--service", service, "--kubeconfig", kubeconfig];
      const { stderr, exitCode } = await portcullis(".", ["webhooks", "--apply", ...from, ...to]);
      expect(stderr).toContain("self-probe: the known-bad object was denied and the known-good one admitted");
      expect(exitCode).toBe(0);
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: PRIVILEGED };
      const denied = await controlPlane().kubectl(APPLY, { input: JSON.stringify(pod) });
      expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining("pod-security/privileged")]);
    } finally {
      await controlPlane().kubectl(["delete", ...CONFIGURATIONS]);
      await server.stop();
    }
  });

  test("tells the server's account of namespaces and bindings, and a change decides without a restart", async () => {
    await controlPlane().kubectl(["delete", "policybindings", "--all"]);
    const folder = await temporaryFolder();
    await ensureDevelopmentCertificates(folder, new Date());
    const kubeconfig = await kubeconfigOfServer(folder);
    const follow = ["--cluster", `--kubeconfig=${kubeconfig}`, "--workers=1"];
    const server = await startServer(folder, ["--policies=policies", ...follow]);
    try {
      const allowed = async () => verdictOf(await server.post("/validate", podReview({}))).allowed;
      const patched = async () =>
        Patched.parse(JSON.parse((await server.post("/mutate", podReview({}))).body));
      const patch = async () => Buffer.from((await patched()).response.patch, "base64").toString();
      expect([await allowed(), await patch()]).toEqual([true, expect.not.stringContaining("payments")]);

      await controlPlane().kubectl(["create", "namespace", "shop"]);
      await controlPlane().kubectl(["label", "namespace", "shop", "team=payments"]);
      await eventually("the label is known", async () => (await patch()).includes('"payments"'));
      const spec = { policies: ["labels/required"], enforcement: "deny" };
      await controlPlane().kubectl(APPLY, { input: binding("live", spec) });
      await eventually("the new binding decides", async () => !(await allowed()));

      const failed = () => metric(server, "portcullis_reload_failed");
      const unknown = { policies: ["labels/unheard-of"] };
      await controlPlane().kubectl(APPLY, { input: binding("wrong", unknown) });
      await eventually("the wrong binding is told", async () => (await failed()) === 1);
      expect(await allowed()).toBe(false);
      expect(server.log.join("\n")).toContain("policybinding/wrong of the cluster");

      await controlPlane().kubectl(["delete", "policybindings", "live", "wrong"]);
      await eventually("without the bindings all is as before", allowed);
      expect([await failed(), (await server.get("/readyz")).status]).toEqual([0, 200]);
    } finally {
      await controlPlane().kubectl(["delete", "policybindings", "--all"]);
      await server.stop();
    }
  });

  test.each([
    ["yes", ["get", "validatingwebhookconfigurations/portcullis"]],
    ["yes", ["watch", "namespaces"]],
    ["yes", ["watch", "policybindings"]],
    ["no", ["get", "validatingwebhookconfigurations/other"]],
    ["yes", ["update", "validatingwebhookconfigurations/portcullis"]],
    ["no", ["update", "validatingwebhookconfigurations/other"]],
    ["no", ["delete", "validatingwebhookconfigurations/other"]],
    ["no", ["get", "secrets", "--namespace=portcullis-system"]],
    ["no", ["get", "secrets/other", "--namespace=portcullis-system"]],
    ["no", ["delete", "secrets/portcullis-tls", "--namespace=portcullis-system"]],
    ["no", ["update", "leases/other", "--namespace=portcullis-system"]],
    ["no", ["create", "configmaps", "--namespace=default"]],
    ["no", ["list", "pods", "--all-namespaces"]],
    ["no", ["create", "policybindings"]],
  ])("says %s where the server's account asks to %j", async (answer, asked) => {
    const { stdout } = await controlPlane().kubectl([
      "auth",
      "can-i",
      "--quiet=false",
      "--as=system:serviceaccount:portcullis-system:portcullis",
      ...asked,
    ]);
    expect(stdout.trim()).toBe(answer);
  });
});
