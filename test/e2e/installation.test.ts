// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** What an API server is left with when `portcullis webhooks --apply` cannot do all of it. */
import { beforeAll, expect, test } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { installPortcullis, type InstalledPortcullis } from "../cluster/install.ts";
import { buildFolder } from "../policy-folder.ts";
import { deniedBy, fileOf, kubeconfigTo, person, policyBinding } from "./cluster.ts";
import { pod, SHOP_NAMESPACE } from "./objects.ts";
import { pretendApiServer, status, type PretendedAnswer } from "./pretended-api-server.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("installing webhooks", {
  users: { reader: [], installer: [] },
});
const admin = person(controlPlane, "admin");

const APPLY = "apply --filename=-";

/** Reader may read bindings and nothing more; installer everything but the self-probe, which fails half of the way in. */
const ROLES = [
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "bindings-reader" },
    rules: [{ apiGroups: ["policy.portcullis.dev"], resources: ["policybindings"], verbs: ["list"] }],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "bindings-readers" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "bindings-reader" },
    subjects: ["reader", "installer"].map((name) => ({
      apiGroup: "rbac.authorization.k8s.io",
      kind: "User",
      name,
    })),
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "installer" },
    rules: [
      {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
        verbs: ["*"],
      },
      { apiGroups: [""], resources: ["services"], verbs: ["get"] },
    ],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "installer" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "installer" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "installer" }],
  },
];

const KINDS = "validatingwebhookconfigurations,mutatingwebhookconfigurations";

/** Kind, name, labels and webhooks of every configuration that there is. */
function installed(): Promise<string> {
  const fields = ["kind", "metadata.name", "metadata.labels", "webhooks"].map((field) => `{.${field}}`);
  return admin.stored(KINDS, `{range.items[*]}${fields.join(",")};{end}`);
}

/** Everything but the one write that comes when validation is there already. */
function failsToMutate(method: string, url: string): PretendedAnswer | undefined {
  const isMutation = method === "PATCH" && url.includes("/mutatingwebhookconfigurations/");
  return isMutation && !url.includes("dryRun=All") ? status(500, "etcdserver: request timed out") : undefined;
}

/** From that write on nothing of validation can be written, so that it cannot be taken back. */
function failsAtMutationForGood(): (method: string, url: string) => PretendedAnswer | undefined {
  let hasFailed = false;
  return (method, url) => {
    hasFailed ||= failsToMutate(method, url) !== undefined;
    return hasFailed && method !== "GET" ? status(500, "etcdserver: request timed out") : undefined;
  };
}

endToEnd("portcullis webhooks --apply", () => {
  let bindings: string;
  let portcullis: InstalledPortcullis;

  beforeAll(async () => {
    const policies = (await buildFolder("policies")).file;
    bindings = await fileOf("bindings.yaml");
    portcullis = await installPortcullis(controlPlane(), { policies, bindings: [bindings] });
    for (const object of [...ROLES, SHOP_NAMESPACE]) await admin.succeed(APPLY, object);
    await admin.succeed("wait --for=create serviceaccount/default --namespace=shop");
  });

  test("says that there is nothing to do where everything is as it must be", async () => {
    const before = await installed();
    const { code, stderr } = await portcullis.applyWebhooks();
    expect([code, stderr]).toEqual([0, expect.stringMatching(/the webhooks at \S+ are already so\n$/)]);
    expect(await installed()).toBe(before);
  });

  test("changes nothing for a user who may not, and says what is missing", async () => {
    const before = await installed();
    const { code, stdout, stderr } = await portcullis.applyWebhooks([
      `--kubeconfig=${controlPlane().kubeconfig("reader")}`,
    ]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^error: The API server did not show the ValidatingWebhookConfiguration: .*User "reader" cannot get resource "validatingwebhookconfigurations".* \[CLUSTER_FORBIDDEN\]\n {2}fix: .+\n$/m,
    );
    expect(await installed()).toBe(before);
  });

  test("puts everything back that it changed before something failed", async () => {
    const before = await installed();
    const broken = await pretendApiServer(failsToMutate, controlPlane().server);
    const file = await kubeconfigTo(broken.server, controlPlane());
    // Another configuration than what is there, or there would be nothing to do.
    const promoted = policyBinding("labels", { policies: ["labels/required"], enforcement: "deny" });
    await writeFile(bindings, JSON.stringify(promoted));
    const { code, stderr } = await portcullis.applyWebhooks([`--kubeconfig=${file}`]);
    broken.stop();
    await writeFile(bindings, "");
    expect(code).toBe(2);
    expect(stderr).toContain("validation is installed, with failurePolicy Ignore\n");
    expect(stderr).toContain("rolled back: the ValidatingWebhookConfiguration portcullis is what it was\n");
    expect(stderr).toMatch(
      /^error: The API server did not apply the MutatingWebhookConfiguration: etcdserver: request timed out\. \[CLUSTER_REFUSED\]$/m,
    );
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(await installed()).toBe(before);
    const privileged = pod("bad", { container: { securityContext: { privileged: true } } });
    expect(await admin.kubectl(APPLY, privileged)).toMatchObject(
      deniedBy(
        "validate-fail",
        'pod-security/privileged: container "web" sets securityContext.privileged to true; it must be unset or false',
      ),
    );
  });

  test("repairs what a run has left behind that could not end", async () => {
    const before = await installed();
    await admin.succeed(`delete ${KINDS} portcullis`);
    const broken = await pretendApiServer(failsAtMutationForGood(), controlPlane().server);
    const file = await kubeconfigTo(broken.server, controlPlane());
    const { code, stderr } = await portcullis.applyWebhooks([`--kubeconfig=${file}`]);
    broken.stop();
    expect(code).toBe(2);
    expect(stderr).toContain("could not be rolled back");
    expect(await installed()).toContain('"self-probe.portcullis.dev"');
    expect(await portcullis.applyWebhooks()).toMatchObject({ code: 0 });
    expect(await installed()).toBe(before);
  });

  test("does not take for installed what somebody has added to", async () => {
    const condition = { name: "mine", expression: "false" };
    const patch = [{ op: "add", path: "/webhooks/0/matchConditions/-", value: condition }];
    await admin.succeed(
      `patch validatingwebhookconfiguration portcullis --type=json --patch=${JSON.stringify(patch)}`,
    );
    const { code, stderr } = await portcullis.applyWebhooks();
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: Somebody else has changed the ValidatingWebhookConfiguration portcullis: matchConditions of the entry validate-fail\.portcullis\.dev is not .* \[WEBHOOKS_CONFLICT\]$/m,
    );
    await admin.succeed("delete validatingwebhookconfiguration portcullis");
    expect(await portcullis.applyWebhooks()).toMatchObject({ code: 0 });
    expect(await installed()).not.toContain('"mine"');
  });

  test("leaves nothing where there was nothing, and installs all of it when it is let", async () => {
    const before = await installed();
    await admin.succeed(`delete ${KINDS} portcullis`);
    const { code, stderr } = await portcullis.applyWebhooks([
      `--kubeconfig=${controlPlane().kubeconfig("installer")}`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: The API server did not take the self-probe in portcullis-system: .*User "installer" cannot create resource "configmaps".*$/m,
    );
    expect(await installed()).toBe("");
    expect(await portcullis.applyWebhooks()).toMatchObject({ code: 0 });
    expect(await installed()).toBe(before);
  });
});
