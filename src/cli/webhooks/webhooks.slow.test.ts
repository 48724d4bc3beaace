// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Webhooks in a real API server, with a server of its own process behind them. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import path from "node:path";
import { controlPlaneForTests } from "../../../test/cluster/for-tests.ts";
import { portcullis } from "../../../test/docs/command.ts";
import { ensureDevelopmentCertificates } from "../../../certs/development-certificates.ts";
import { eventually, podReview } from "../../../test/life/life.ts";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import { startServer, type RunningServer } from "../../../test/running-server.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("webhooks in an API server", {
  users: { developer: ["developers"], installer: ["installers"] },
});

const EXEMPT = "policy.portcullis.dev/exempt";
const CONFIGURATIONS = "validatingwebhookconfigurations,mutatingwebhookconfigurations";

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: portcullis, namespace: portcullis-system }
spec: { type: ExternalName, externalName: localhost }
`;

/**
 * The developer may do anything, so that what is denied is denied by Portcullis; the installer may do what
 * docs/reference/webhooks.md says that `--apply` needs, and no more.
 */
const PERMISSIONS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: developers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: Group, name: developers, apiGroup: rbac.authorization.k8s.io }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: installer }
rules:
  - apiGroups: [admissionregistration.k8s.io]
    resources: [validatingwebhookconfigurations, mutatingwebhookconfigurations]
    verbs: [get, create, patch, delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: installers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: installer }
subjects: [{ kind: Group, name: installers, apiGroup: rbac.authorization.k8s.io }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: installer, namespace: portcullis-system }
rules:
  - { apiGroups: [""], resources: [configmaps], verbs: [create] }
  - { apiGroups: [""], resources: [services], verbs: [get] }
  - { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: installers, namespace: portcullis-system }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: installer }
subjects: [{ kind: Group, name: installers, apiGroup: rbac.authorization.k8s.io }]
`;

function pod(namespace: string): string {
  return `
apiVersion: v1
kind: Pod
metadata: { name: bad, namespace: ${namespace} }
spec: { containers: [{ name: web, image: "web:1", securityContext: { privileged: true } }] }
`;
}

let certificates: string;
let server: RunningServer | undefined;

beforeAll(async () => {
  certificates = await temporaryFolder();
  await ensureDevelopmentCertificates(certificates, new Date());
});

afterAll(() => server?.stop());

function running(): RunningServer {
  if (server === undefined) throw new Error("The server is started by the test that installs.");
  return server;
}

/** Runs `portcullis webhooks --apply`. */
function applyWebhooks(port: number, ...args: readonly string[]) {
  return portcullis(process.cwd(), [
    "webhooks",
    "--apply",
    "--kubeconfig",
    controlPlane().kubeconfig("installer"),
    "--service",
    `portcullis-system/portcullis:${port}`,
    "--ca-file",
    path.join(certificates, "ca.crt"),
    ...args,
  ]);
}

async function failurePolicies(): Promise<string> {
  const { stdout } = await controlPlane().kubectl([
    "get",
    "validatingwebhookconfigurations",
    "portcullis",
    "-o",
    "jsonpath={range .webhooks[*]}{.name}={.failurePolicy} {end}",
  ]);
  return stdout.trim().replaceAll(".portcullis.dev", "");
}

/** Something that each binding of PERMISSIONS permits. */
const PERMITTED = [
  ["developer", "create", "pods"],
  ["installer", "delete", "validatingwebhookconfigurations"],
  ["installer", "get", "services", "--namespace=portcullis-system"],
] as const;

/** What the server logged of its decisions about objects of that name. */
function decidedOf(name: string, log: readonly string[]): readonly string[] {
  return log.filter((line) => line.includes(`"name":"${name}"`) && line.includes('"webhook":"validate"'));
}

endToEnd("webhooks in an API server", () => {
  beforeAll(async () => {
    const { kubectl } = controlPlane();
    expect(await kubectl(["create", "namespace", "portcullis-system"])).toMatchObject({ code: 0 });
    expect(await kubectl(["create", "-f", "-"], { input: PERMISSIONS })).toMatchObject({ code: 0 });
    // An API server hears of what it has stored a moment later.
    for (const [user, ...what] of PERMITTED)
      await eventually(
        `the ${user} may ${what.join(" ")}`,
        async () => (await kubectl(["auth", "can-i", ...what], { user })).code === 0,
      );
  }, 300_000);

  test("without a Service nothing is installed", async () => {
    const { exitCode, stderr } = await applyWebhooks(8443);
    expect(stderr).toContain("there is no Service portcullis-system/portcullis. [WEBHOOK_UNREACHABLE]");
    expect(exitCode).toBe(2);
    expect((await controlPlane().kubectl(["get", CONFIGURATIONS])).stdout).toBe("");
  }, 60_000);

  test("with a server they are proved and put under Fail; a second time changes nothing", async () => {
    await controlPlane().kubectl(["create", "-f", "-"], { input: SERVICE });
    server = await startServer(certificates, []);
    const first = await applyWebhooks(running().admissionPort);
    expect(first.stderr).toContain("the known-bad object was denied and the known-good one admitted");
    expect(first.exitCode).toBe(0);
    const installed =
      "validate-fail=Fail validate-ignore=Ignore namespaces-ignore=Ignore exemption-guard=Fail";
    expect(await failurePolicies()).toBe(installed);
    expect((await applyWebhooks(running().admissionPort)).stderr).toContain("are already so");
    const { stdout } = await controlPlane().kubectl(["get", CONFIGURATIONS, "-o", "name"]);
    expect(stdout.trim().split("\n")).toHaveLength(2);
  }, 120_000);

  test("a write is asked about once, and denied with the policy's words", async () => {
    const before = running().log.length;
    const { code, stderr } = await controlPlane().kubectl(["create", "-f", "-"], {
      input: pod("default"),
      user: "developer",
    });
    expect(stderr).toContain('admission webhook "validate-fail.portcullis.dev" denied the request');
    expect(stderr).toContain("pod-security/privileged");
    expect(code).not.toBe(0);
    // A decision is logged after its answer, so all about this write is there when a later one is.
    expect((await running().post("/validate", podReview({}))).status).toBe(200);
    const logged = (name: string): readonly string[] => decidedOf(name, running().log.slice(before));
    await eventually("the later one is logged", () => logged("web").length > 0);
    expect(logged("bad")).toHaveLength(1);
  }, 60_000);

  test.each([
    ["creates a namespace that carries it", ["create", "-f", "-"]],
    ["labels one", ["label", "namespace", "default", `${EXEMPT}=`]],
    [
      "labels one through its status",
      [
        "patch",
        "namespace",
        "default",
        "--subresource=status",
        "-p",
        `{"metadata":{"labels":{"${EXEMPT}":""}}}`,
      ],
    ],
  ])(
    "the exemption label is denied to a user who %s",
    async (_, args) => {
      const namespace = `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x","labels":{"${EXEMPT}":""}}}`;
      const { stderr, code } = await controlPlane().kubectl(args, {
        input: namespace,
        user: "developer",
      });
      expect(stderr).toContain("only members of system:masters, kubeadm:cluster-admins may set it");
      expect(code).not.toBe(0);
    },
    60_000,
  );

  test("an allowed group sets it, even while nobody answers, and frees the namespace", async () => {
    const { kubectl } = controlPlane();
    await kubectl(["create", "namespace", "free"]);
    await kubectl(["wait", "--for=create", "serviceaccount/default", "--namespace=free"]);
    await running().stop();
    const blocked = await kubectl(["create", "-f", "-"], { input: pod("free") });
    expect(blocked.stderr).toContain('failed calling webhook "validate-fail.portcullis.dev"');
    expect((await kubectl(["label", "namespace", "free", `${EXEMPT}=`])).code).toBe(0);
    // An API server hears of a namespace's labels a moment later.
    await eventually(
      "it is let in",
      async () => (await kubectl(["create", "-f", "-"], { input: pod("free") })).code === 0,
    );
    expect((await kubectl(["create", "namespace", "new"])).code).toBe(0);
  }, 120_000);
});
