// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Webhooks in a real API server, with a server of its own process behind them. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { controlPlaneForTests } from "../../../test/cluster/for-tests.ts";
import { portcullis } from "../../../test/docs/command.ts";
import { ensureDevelopmentCertificates } from "../../../certs/development-certificates.ts";
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

/** Whether it is let in within some seconds: an API server hears of a namespace's labels a moment later. */
async function created(input: string): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { code } = await controlPlane().kubectl(["create", "-f", "-"], { input });
    if (code === 0) return true;
    await delay(250);
  }
  return false;
}

endToEnd("webhooks in an API server", () => {
  beforeAll(async () => {
    const { kubectl } = controlPlane();
    await kubectl(["create", "namespace", "portcullis-system"]);
    await kubectl(["create", "-f", "-"], { input: PERMISSIONS });
  }, 60_000);

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
    const asked = running()
      .log.slice(before)
      .filter((line) => line.includes('"name":"bad"'));
    expect(asked.filter((line) => line.includes('"webhook":"validate"'))).toHaveLength(1);
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
    await running().stop();
    const blocked = await kubectl(["create", "-f", "-"], { input: pod("free") });
    expect(blocked.stderr).toContain('failed calling webhook "validate-fail.portcullis.dev"');
    expect((await kubectl(["label", "namespace", "free", `${EXEMPT}=`])).code).toBe(0);
    expect(await created(pod("free"))).toBe(true);
    expect((await kubectl(["create", "namespace", "new"])).code).toBe(0);
  }, 120_000);
});
