// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** How `portcullis uninstall` leaves a real cluster, whatever it finds there. */
import { beforeAll, expect, test } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { probeConfiguration } from "../../src/cluster/webhooks/probe.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import type { Ended } from "../../src/build/opa/run.ts";
import { sender, type Attempt, type Create } from "../cluster/load.ts";
import { eventually, tell } from "../life/life.ts";
import { kubeconfigTo, NOT_FOUND, person, policyBinding } from "./cluster.ts";
import { pod } from "./objects.ts";
import { pretendApiServer, status } from "./pretended-api-server.ts";
import {
  APPLY,
  CONFIGURATIONS,
  DENIED,
  installAll,
  isAdmitted,
  saidOfBadPod,
  shippedPacks,
  startUninstall,
  uninstall,
  type Installed,
} from "./uninstallation.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("uninstalling");
const admin = person(controlPlane, "admin");

const LABELLED = "--selector=app.kubernetes.io/name=portcullis";
const IN_OURS = "--namespace=portcullis-system";
const OURS = "namespace/portcullis-system";
const DEFINITION = "customresourcedefinition.apiextensions.k8s.io/policybindings.policy.portcullis.dev\n";

/** What there is with the label of the manifests, one line each. */
async function left(): Promise<string> {
  const inNamespace =
    "deployments,services,configmaps,serviceaccounts,roles,rolebindings,resourcequotas,networkpolicies,poddisruptionbudgets";
  const inCluster = `namespaces,clusterroles,clusterrolebindings,customresourcedefinitions,${CONFIGURATIONS}`;
  const names = await Promise.all([
    admin.succeed(`get ${inNamespace} --all-namespaces ${LABELLED} --output=name`),
    admin.succeed(`get ${inCluster} ${LABELLED} --output=name`),
  ]);
  return names.join("");
}

/** What is said where the machine cannot serve so many at once, or of a server that is gone. */
const SLOW = "context deadline exceeded";
const ADMITTED: Create = { path: "/api/v1/namespaces/shop/pods", object: pod("any"), expected: 201 };
const WRITERS = 100;
/** Milliseconds: each writes, waits so long, and writes again. */
const PAUSE = 4_000;

/** A hundred writers, until `isOver`. Gives how each write went. */
async function writes(isOver: () => boolean): Promise<readonly Attempt[]> {
  const send = await sender(controlPlane());
  const writer = async (_: unknown, index: number): Promise<readonly Attempt[]> => {
    const attempts: Attempt[] = [];
    for (await delay((index * PAUSE) / WRITERS); !isOver(); await delay(PAUSE))
      attempts.push(await send(ADMITTED, performance.now()));
    return attempts;
  };
  return (await Promise.all(Array.from({ length: WRITERS }, writer))).flat();
}

/** Runs it until it is about to take a step that no run was ended at, and then sends it this signal. */
async function uninstallEndedBy(
  signal: "SIGKILL" | "SIGINT",
  endedAt: Set<string>,
): Promise<Pick<Ended, "code" | "stderr">> {
  let isEnding = false;
  const api = await pretendApiServer((method, url) => {
    const step = `${method} ${url.replace(/\?.*/, "")}`;
    if (isEnding || method === "GET" || url.includes("dryRun=All") || endedAt.has(step)) return undefined;
    endedAt.add(step);
    isEnding = true;
    running.signal(signal);
    return signal === "SIGKILL" ? status(500, "nobody hears this") : undefined;
  }, controlPlane().server);
  const kubeconfig = await kubeconfigTo(api.server, controlPlane());
  const running = startUninstall(controlPlane(), [`--kubeconfig=${kubeconfig}`]);
  const ended = await running.ended;
  api.stop();
  return ended;
}

async function install(): Promise<Installed> {
  return installAll(controlPlane(), await shippedPacks());
}

endToEnd("portcullis uninstall", () => {
  endToEnd("of a whole installation", () => {
    let installed: Installed;

    beforeAll(async () => {
      installed = await install();
      const required = { policies: ["labels/required"], enforcement: "warn" };
      await admin.succeed(APPLY, policyBinding("labels", required));
    });

    test("says in a dry run what it would remove, and removes nothing", async () => {
      const before = await left();
      const { code, stderr } = await uninstall(controlPlane(), ["--dry-run"]);
      expect([code, stderr]).toEqual([0, expect.stringContaining("dry run: nothing was removed")]);
      expect(stderr).toMatch(/^would remove the ValidatingWebhookConfiguration portcullis$/m);
      expect(stderr).toMatch(/^would remove the Namespace portcullis-system$/m);
      expect(stderr).not.toMatch(/^removed/m);
      expect(await left()).toBe(before);
      expect(await saidOfBadPod(admin)).toContain(DENIED);
    });

    test("does not touch the installation of another Service", async () => {
      const before = await left();
      const { code, stderr } = await uninstall(controlPlane(), ["--service=other/portcullis"]);
      expect([code, stderr.replaceAll(/https:\S+/g, "…")]).toEqual([
        2,
        "removing Portcullis other/portcullis at …\nerror: Nothing was removed: the ValidatingWebhookConfiguration portcullis asks the Service portcullis-system/portcullis, not other/portcullis. [UNINSTALL_INCOMPLETE]\n  fix: To remove that installation, run the command with --service portcullis-system/portcullis. To remove only what an earlier one has left in the namespace other, which no webhook asks any more: `kubectl delete namespace other`.\n",
      ]);
      expect(await left()).toBe(before);
    });

    test("holds up nobody while it runs, and leaves only the bindings that people wrote", async () => {
      const running = { isOver: false };
      const written = writes(() => running.isOver);
      // Every writer has written before.
      await delay(PAUSE);
      const { said, ended } = startUninstall(controlPlane());
      void ended.then(() => (running.isOver = true));
      await eventually("nobody asks it any more", () => said().includes("asks no longer"));
      const unasked = performance.now();
      await eventually("the server is removed", () => said().includes("removed the Namespace"));
      // Its Pods would answer on for seconds.
      await installed.replica.kill();
      const { code, stderr } = await ended;
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^Portcullis is removed from /m)]);
      expect(stderr).toContain(
        "kept: the CustomResourceDefinition policybindings.policy.portcullis.dev with the PolicyBindings labels;",
      );
      const attempts = await written;
      const refused = attempts.filter(
        ({ due, failure }) => failure !== undefined && !(failure.includes(SLOW) && due < unasked),
      );
      expect(refused).toEqual([]);
      tell(`${attempts.length} writes of ${WRITERS} writers, ${refused.length} refused`);
      expect(attempts.length).toBeGreaterThan(WRITERS);
      expect(await left()).toBe(DEFINITION);
      expect(await admin.kubectl(`get ${OURS}`)).toMatchObject(NOT_FOUND);
      expect(await admin.succeed(`get ${CONFIGURATIONS} --output=name`)).toBe("");
      expect(await admin.stored("policybinding/labels", "{.spec.enforcement}")).toBe("warn");
      expect(await saidOfBadPod(admin)).toBe("");
    }, 300_000);

    test("removes the bindings, too, if it is told, and may be repeated", async () => {
      expect(await uninstall(controlPlane(), ["--delete-bindings"])).toMatchObject({ code: 0 });
      expect(await left()).toBe("");
      const { code, stderr } = await uninstall(controlPlane());
      expect(code).toBe(0);
      expect(stderr.replaceAll(/https:\S+/g, "…").split("\n")).toEqual([
        "removing Portcullis portcullis-system/portcullis at …",
        "not there: the webhook configurations",
        "not there: the Namespace portcullis-system",
        "not there: the ClusterRoleBinding portcullis",
        "not there: the ClusterRole portcullis",
        "not there: the CustomResourceDefinition policybindings.policy.portcullis.dev",
        "Portcullis is removed from …",
        "",
      ]);
    });
  });

  test("frees a cluster whose server is gone, and keeps a namespace that holds what others made", async () => {
    const { replica } = await install();
    await replica.kill();
    expect(await isAdmitted(admin)).toBe(false);
    await admin.succeed(`create configmap notes ${IN_OURS}`);
    await admin.succeed(`create secret generic portcullis-tls ${IN_OURS}`);
    const uid = await admin.stored("clusterrole/view", "{.metadata.uid}");
    const owner = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "view", uid };
    await admin.succeed(APPLY, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "team-database", namespace: "portcullis-system", ownerReferences: [owner] },
    });
    const { code, stderr } = await uninstall(controlPlane());
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(
        "kept: the Namespace portcullis-system, because it holds what is not of Portcullis: Secret team-database, ConfigMap notes\n",
      ),
    ]);
    expect(await isAdmitted(admin)).toBe(true);
    expect(await left()).toBe("namespace/portcullis-system\n");
    expect(await admin.succeed(`get configmaps,secrets,leases ${IN_OURS} --output=name`)).toBe(
      "configmap/kube-root-ca.crt\nconfigmap/notes\nsecret/team-database\n",
    );
    await admin.succeed(`delete configmap/notes secret/team-database ${IN_OURS}`);
    expect(await uninstall(controlPlane())).toMatchObject({ code: 0 });
    expect(await left()).toBe("");
  }, 300_000);

  test("removes half an installation: what a killed installer left, and a namespace that is going", async () => {
    const { replica } = await install();
    await replica.kill();
    const probe = probeConfiguration({
      service: { namespace: "portcullis-system", name: "portcullis", port: 8443 },
      caBundle: undefined,
    });
    await admin.succeed(APPLY, probe);
    await admin.succeed("delete clusterrole/portcullis mutatingwebhookconfiguration/portcullis");
    await admin.succeed("delete customresourcedefinition/policybindings.policy.portcullis.dev");
    const finalizer = { metadata: { finalizers: ["example.com/hold"] } };
    const hold = `patch configmap/portcullis-bindings ${IN_OURS} --type=merge --patch=${JSON.stringify(finalizer)}`;
    await admin.succeed(hold);
    await admin.succeed(`delete ${OURS} --wait=false`);
    const { said, ended } = startUninstall(controlPlane());
    const condition = '{.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].status}';
    await eventually("it hangs", async () => (await admin.stored(OURS, condition)) === "True");
    await eventually("nothing is held up", () => isAdmitted(admin));
    const release = `patch configmap/portcullis-bindings ${IN_OURS} --type=json --patch=[{"op":"remove","path":"/metadata/finalizers"}]`;
    await eventually("it says why it waits", () => said().includes("example.com/hold in 1 resource"));
    await admin.succeed(release);
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^removed the ValidatingWebhookConfiguration portcullis-self-probe$/m);
    expect(await left()).toBe("");
  }, 300_000);

  test.each([
    ["SIGKILL", -1],
    ["SIGINT", 1],
  ] as const)(
    "ended by %s at every step holds up nobody, and goes on from there",
    async (signal, exitCode) => {
      const { replica } = await install();
      await replica.kill();
      expect(await isAdmitted(admin)).toBe(false);
      const endedAt = new Set<string>();
      let runs = 0;
      for (let code: number = exitCode; code !== 0; runs += 1) {
        const ended = await uninstallEndedBy(signal, endedAt);
        code = ended.code;
        expect([exitCode, 0]).toContain(code);
        expect(ended.stderr).toMatch(code === 1 ? /^interrupted, .*what was removed stays so/m : "");
        // The first step that is taken is that which frees the cluster.
        if (endedAt.size > 1) await eventually("nothing is held up", () => isAdmitted(admin));
      }
      tell(`${signal}: ${runs} runs, ended at ${[...endedAt].join(", ")}`);
      // Both configurations, the proofs, the Namespace, both permissions, and the CustomResourceDefinition.
      expect(endedAt.size).toBeGreaterThanOrEqual(8);
      expect(await left()).toBe("");
      expect(await admin.succeed(`get ${CONFIGURATIONS} --output=name`)).toBe("");
    },
    300_000,
  );

  test("leaves the server while a finalizer holds a configuration, which is asked on", async () => {
    await install();
    const held = "validatingwebhookconfiguration/portcullis";
    const patch = (finalizers: readonly string[] | null): Promise<string> =>
      admin.succeed(`patch ${held} --type=merge --patch=${JSON.stringify({ metadata: { finalizers } })}`);
    await patch(["example.com/hold"]);
    const { said, ended } = startUninstall(controlPlane());
    await eventually("it says why it waits", () => said().includes("it has the finalizer example.com/hold"));
    expect(await saidOfBadPod(admin)).toContain(DENIED);
    await patch(null);
    expect(await ended).toMatchObject({ code: 0 });
    expect(await left()).toBe("");
  }, 300_000);

  test("leaves the server where somebody else's webhook asks it", async () => {
    await install();
    const other = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "other" },
      webhooks: [
        {
          name: "other.example.com",
          clientConfig: {
            service: { namespace: "portcullis-system", name: "portcullis", path: "/validate" },
          },
          rules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["replicationcontrollers"],
            },
          ],
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
        },
      ],
    };
    await admin.succeed(APPLY, other);
    const { code, stderr } = await uninstall(controlPlane());
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^error: The server was not removed: the ValidatingWebhookConfiguration other asks the Service .*\[UNINSTALL_INCOMPLETE\]$/m,
      ),
    ]);
    expect(await admin.succeed(`get service/portcullis ${IN_OURS} --output=name`)).toBe(
      "service/portcullis\n",
    );
    await admin.succeed("delete validatingwebhookconfiguration/other");
    expect(await uninstall(controlPlane())).toMatchObject({ code: 0 });
    expect(await left()).toBe("");
  }, 300_000);
});
