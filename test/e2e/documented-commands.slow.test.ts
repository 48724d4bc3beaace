// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** The commands that README.md, docs/install.md and docs/recovery.md tell people to type do what they say. */
import { beforeAll, expect, test } from "@jest/globals";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { run, type Ended } from "../docs/command.ts";
import { OF_API_SERVER } from "../docs/metric-text.ts";
import { page, samplesOf } from "../docs/pages.ts";
import { eventually, eventuallyExpected } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { DEVELOPER, NOT_FOUND, PERMISSIONS, person, policyBinding, USERS } from "./cluster.ts";
import { typist, type Typist } from "./documented-commands.ts";
import { SHOP_NAMESPACE } from "./objects.ts";
import { APPLY, CONFIGURATIONS, DENIED, isAdmitted, REJECTED, saidOfBadPod } from "./uninstallation.ts";

/** Whom kubeadm, and kind with it, makes administrator. */
const KUBEADM = { user: "kubernetes-admin", group: "kubeadm:cluster-admins" } as const;

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("the commands of the pages", {
  nodes: true,
  users: { ...USERS, [KUBEADM.user]: [KUBEADM.group] },
});
const admin = person(controlPlane, "admin");
const kubeadmAdmin = person(controlPlane, KUBEADM.user);
const developer = person(controlPlane, DEVELOPER);

const NO_KUBELET = "no kubelet runs the Pods";

/** What cannot be typed here, and why. */
const NOT_TYPED: ReadonlyMap<string, string> = new Map([
  [
    "kubectl logs --namespace portcullis-system --selector app.kubernetes.io/name=portcullis --prefix --tail 200",
    NO_KUBELET,
  ],
  ["kubectl port-forward --namespace portcullis-system pod/NAME 9090", NO_KUBELET],
  [
    "kubectl apply --server-side -k manifests/overlays/cert-manager/webhooks",
    "there is no cert-manager; test/manifests/api-server.test.ts sends them as a dry run",
  ],
  ["kubectl describe certificate portcullis-tls --namespace portcullis-system", "there is no cert-manager"],
  [
    "kubectl annotate validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis cert-manager.io/inject-ca-from=portcullis-system/portcullis-tls",
    "there is no cert-manager; test/e2e/cert-manager.slow.test.ts does it where there is",
  ],
]);

const APPLY_OVERLAY = "kubectl apply --server-side --force-conflicts -k ../my-overlay";
const FREE = "kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis";
const COME_BACK =
  "kubectl exec --namespace portcullis-system deployment/portcullis -- /nodejs/bin/node dist/main.js webhooks --apply --cluster --policies bundle.tar.gz --bindings /etc/portcullis/bindings --ca-secret portcullis-system/portcullis-tls";
const INSTALL =
  "npm run portcullis -- webhooks --apply --cluster --ca-secret portcullis-system/portcullis-tls --bindings ../my-overlay/bindings";
const JUDGE =
  "kubectl get pods,podtemplates,replicationcontrollers,daemonsets,deployments,replicasets,statefulsets,jobs,cronjobs,horizontalpodautoscalers,serviceaccounts,namespaces --all-namespaces --output yaml | npm run --silent eval -- --stage validate --bindings ../my-overlay/bindings -";
const LABEL = "label namespace shop policy.portcullis.dev/exempt";
const DEPLOYMENT = "--namespace portcullis-system deployment/portcullis";
const SECRET = "secret portcullis-tls --namespace portcullis-system";

/** What a lost key takes: another authority spreads for half a minute, and a leader looks every ten seconds. */
const SPREADS_MS = 150_000;

/** The metrics of calls of Portcullis that failed, by which docs/reference/metrics.md has alerts, with their labels. */
async function countedByApiServer(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await admin.succeed("get --raw=/metrics");
  const failed = text
    .split("\n")
    .filter((line) => /^apiserver_admission_webhook_(rejection|fail_open)_count\{/.test(line))
    .filter((line) => /name="[^"]+[.]portcullis[.]dev"/.test(line) && !line.includes('"no_error"'));
  return new Map(
    failed.map((line) => [
      line.split("{", 1)[0] ?? "",
      [...line.matchAll(/(\w+)="/g)].map(([, label = ""]) => label),
    ]),
  );
}

/** As kubeadm makes it. */
function kubeadmPermissions(): object {
  const { group: name } = KUBEADM;
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name }];
  return { ...PERMISSIONS, metadata: { name }, subjects };
}

async function isEnforced(): Promise<boolean> {
  return (await saidOfBadPod(admin)).includes(DENIED);
}

endToEnd("the commands of the pages", () => {
  let typing: Typist;
  let policies: string;
  let replicas: Replicas;
  let replica: ServiceReplica;

  beforeAll(async () => {
    typing = await typist(controlPlane());
    policies = (await buildFolder("policies")).file;
  });

  /** Types it, and wants it to go well. Gives what was printed. */
  async function type(command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await typing.type(command);
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    return stdout;
  }

  /** Applies the manifests for the Service that leads here, and opens it. */
  function prepare(): Promise<Replicas> {
    const bindings = ["manifests/base/bindings"];
    return prepareReplicas(controlPlane(), {
      policies,
      bindings,
      manageCertificates: true,
      keepWebhooks: true,
    });
  }

  async function restart(): Promise<void> {
    replica = await replicas.start();
    await replica.ready();
  }

  test("install and upgrade the Pods, and take them back", async () => {
    const samples = samplesOf(await page("docs/install.md"));
    const overlay = samples.find(({ text }) => text.includes("../portcullis/manifests/base"))?.text ?? "";
    const file = path.join(typing.checkout, "../my-overlay/kustomization.yaml");
    const image = "{.spec.template.spec.containers[0].image}";
    const stored = (): Promise<string> =>
      admin.stored("deployment/portcullis --namespace=portcullis-system", image);
    const { text: folders = "false" } =
      samples.find(({ text }) => text.startsWith("mkdir ../my-overlay")) ?? {};
    expect(await run("/bin/sh", ["-ec", folders], typing.checkout)).toMatchObject({ exitCode: 0 });
    await writeFile(file, overlay);
    expect(await type("kubectl auth whoami")).toContain("system:masters");
    await type(APPLY_OVERLAY);
    await type(`kubectl rollout status ${DEPLOYMENT}`);
    expect(await stored()).toBe("registry.example.com/platform/portcullis:0.1.0");
    await writeFile(file, overlay.replace("0.1.0", "0.2.0"));
    const { exitCode, stdout } = await typing.type(
      "kubectl diff --server-side --force-conflicts -k ../my-overlay",
    );
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^\+.*portcullis:0\.2\.0$/m)]);
    await type(APPLY_OVERLAY);
    await type(`kubectl rollout status ${DEPLOYMENT}`);
    expect(await stored()).toBe("registry.example.com/platform/portcullis:0.2.0");
    await type("kubectl rollout undo deployment/portcullis --namespace portcullis-system");
    expect(await stored()).toBe("registry.example.com/platform/portcullis:0.1.0");
    // What `rollout undo` has written is somebody else's to server-side apply.
    await type(APPLY_OVERLAY);
    expect(await stored()).toBe("registry.example.com/platform/portcullis:0.2.0");
  }, 300_000);

  test("install the webhooks from the checkout, and show a denial", async () => {
    replicas = await prepare();
    await restart();
    typing.serve(replicas, policies);
    await type(INSTALL);
    const { exitCode, stderr } = await typing.type(
      "kubectl run bad --image=busybox --privileged --dry-run=server",
    );
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`${DENIED}: pod-security/privileged`)),
    ]);
    // What the other commands need, and these did not.
    await admin.succeed(APPLY, SHOP_NAMESPACE);
    await admin.succeed("wait --for=create serviceaccount/default --namespace=shop");
    for (const name of [PERMISSIONS, kubeadmPermissions()]) await admin.succeed(APPLY, name);
  });

  test("free the cluster, and come back by what a Pod may do", async () => {
    await replica.kill();
    expect(await saidOfBadPod(admin)).toContain(REJECTED);
    expect(await countedByApiServer()).toEqual(OF_API_SERVER);
    await type(FREE);
    await eventually("nothing is held up", () => isAdmitted(admin));
    expect(await typing.type(FREE)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("NotFound"),
    });
    await restart();
    await type(COME_BACK);
    expect(await isEnforced()).toBe(true);
    await type("kubectl delete validatingwebhookconfiguration portcullis");
    await eventually("nobody decides", async () => (await saidOfBadPod(admin)) === "");
    await type(COME_BACK);
    expect(await isEnforced()).toBe(true);
  });

  test("free the cluster where a finalizer holds a configuration", async () => {
    const hold = { metadata: { finalizers: ["example.com/hold"] } };
    const held = "validatingwebhookconfiguration/portcullis";
    await admin.succeed(`patch ${held} --type=merge --patch=${JSON.stringify(hold)}`);
    const freeing = typing.type(FREE);
    await eventually(
      "it is to go",
      async () => (await admin.stored(held, "{.metadata.deletionTimestamp}")) !== "",
    );
    expect(await isEnforced()).toBe(true);
    // kubectl deletes one after the other.
    await eventually("only that one is left", async () => {
      const listed = await type("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations");
      return !/^mutating/m.test(listed) && /^validatingwebhookconfiguration\S*\/portcullis /m.test(listed);
    });
    await type(
      `kubectl patch validatingwebhookconfiguration portcullis --type=merge --patch='{"metadata":{"finalizers":null}}'`,
    );
    expect(await freeing).toMatchObject({ exitCode: 0 });
    await eventually("nobody decides", async () => (await saidOfBadPod(admin)) === "");
    await type(COME_BACK);
  });

  test("free one namespace while no server answers, and take it back", async () => {
    await replica.kill();
    await type("kubectl label namespace NAME policy.portcullis.dev/exempt=");
    await eventually("it is free", async () => (await saidOfBadPod(admin)) === "");
    await admin.succeed("run intruder --image=nginx:1.29 --privileged --namespace=shop");
    expect(await type("kubectl get namespaces --selector policy.portcullis.dev/exempt")).toMatch(/^shop /m);
    await type("kubectl label namespace NAME policy.portcullis.dev/exempt-");
    await eventually("it is not", async () => (await saidOfBadPod(admin)).includes(REJECTED));
  });

  test("free it as the administrator of kubeadm, and as another by impersonation", async () => {
    const free = `${LABEL}=`;
    const take = `${LABEL}-`;
    await kubeadmAdmin.succeed(free);
    await kubeadmAdmin.succeed(take);
    const { code, stderr } = await developer.kubectl(free);
    expect([code, stderr]).toEqual([1, expect.stringContaining("exemption-guard")]);
    const { text } = await page("docs/recovery.md");
    const [as = "no option"] = /--as=\S+ --as-group=GROUP/.exec(text) ?? [];
    const asMaster = as.replace("GROUP", "system:masters");
    await developer.succeed(`${free} ${asMaster}`);
    await developer.succeed(`${take} ${asMaster}`);
    await restart();
    await eventually("it decides", isEnforced);
  });

  test("show what is there", async () => {
    expect(await type("kubectl get pods,events --namespace portcullis-system")).toContain("pod/portcullis-");
    const configuration = await type("kubectl get validatingwebhookconfiguration portcullis --output yaml");
    expect(configuration).toContain("failurePolicy: Fail");
    const { exitCode, stdout } = await typing.type(
      "npm run portcullis -- doctor --policies dist/bundle.tar.gz --bindings ../my-overlay/bindings",
    );
    expect(exitCode).toBeLessThan(2);
    expect(stdout).toContain("portcullis-system/portcullis");
  });

  test("judge what came in, and by the packs promoted", async () => {
    await admin.succeed("create deployment bare --image=nginx:1.29 --namespace=kube-system");
    await admin.succeed("wait --for=create pod --selector=app=bare --namespace=kube-system --timeout=60s");
    const before = await typing.type(JUDGE);
    expect([before.exitCode, before.stdout]).toEqual([
      1,
      expect.stringContaining("denied Pod shop/intruder"),
    ]);
    expect(before.stdout).toContain(
      "not evaluated: the namespace kube-system is excluded (Pod kube-system/bare",
    );
    const bindings = path.join(typing.checkout, "../my-overlay/bindings");
    await copyFile(
      "manifests/overlays/production/bindings/promotion.yaml",
      path.join(bindings, "promotion.yaml"),
    );
    await type("kubectl get namespaces --output yaml > namespaces.yaml");
    const { exitCode, stdout } = await typing.type(JUDGE);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/deny .*labels\/required/)]);
    await admin.succeed("delete pod intruder --namespace=shop --now");
  });

  test("make another certificate, and mend a lost Secret", async () => {
    const leaf = (): Promise<string> => admin.stored(`${SECRET} --ignore-not-found`, "{.data.tls\\.crt}");
    const before = await leaf();
    await type(`kubectl annotate ${SECRET} --overwrite policy.portcullis.dev/rotate=leaf`);
    await eventually("there is another", async () => ![before, ""].includes(await leaf()));
    const rotated = await leaf();
    await type(`kubectl delete ${SECRET}`);
    await eventuallyExpected(async () => expect([rotated, ""]).not.toContain(await leaf()), SPREADS_MS);
    expect(await isEnforced()).toBe(true);
  }, 300_000);

  test("scale and restart the Pods", async () => {
    const pods = "pods --namespace=portcullis-system --selector=app.kubernetes.io/name=portcullis";
    await admin.succeed("scale deployment/portcullis --namespace=portcullis-system --replicas=0");
    await eventually("there is none", async () => (await admin.stored(pods, "{.items[*].kind}")) === "");
    await type("kubectl scale deployment/portcullis --namespace portcullis-system --replicas 2");
    await type("kubectl rollout restart deployment/portcullis --namespace portcullis-system");
    await type(`kubectl rollout status ${DEPLOYMENT}`);
    // The Pods of before may be there a moment longer.
    await eventuallyExpected(async () =>
      expect(await admin.stored(pods, "{.items[*].status.phase}")).toBe("Running Running"),
    );
  }, 300_000);

  test("delete the namespace, which does not hang", async () => {
    await replica.kill();
    const hold = { metadata: { finalizers: ["example.com/hold"] } };
    const configMap = "configmap/portcullis-bindings --namespace=portcullis-system";
    await admin.succeed(`patch ${configMap} --type=merge --patch=${JSON.stringify(hold)}`);
    const deleting: Promise<Ended> = typing.type("kubectl delete namespace portcullis-system");
    const conditions =
      "kubectl get namespace portcullis-system --output jsonpath='{.status.conditions[*].message}'";
    await eventually("it says what it waits for", async () =>
      (await typing.type(conditions)).stdout.includes("example.com/hold in 1 resource"),
    );
    await admin.succeed(`patch ${configMap} --type=merge --patch={"metadata":{"finalizers":null}}`);
    expect(await deleting).toMatchObject({ exitCode: 0 });
    expect(await saidOfBadPod(admin)).toContain(REJECTED);
    await prepare();
    // Behind the Service as it was.
    await restart();
    // Without an installation.
    await eventuallyExpected(async () => expect(await isEnforced()).toBe(true), SPREADS_MS);
  }, 300_000);

  test("write a binding, save it, and remove everything", async () => {
    const binding = policyBinding("labels", { policies: ["labels/required"], enforcement: "warn" });
    await writeFile(path.join(typing.checkout, "binding.yaml"), JSON.stringify(binding));
    await type("kubectl apply -f binding.yaml");
    await type("kubectl get policybindings.policy.portcullis.dev --output yaml > policybindings.yaml");
    expect(await readFile(path.join(typing.checkout, "policybindings.yaml"), "utf8")).toContain(
      "labels/required",
    );
    await type("npm run portcullis -- uninstall");
    expect(await saidOfBadPod(admin)).toBe("");
    expect(await admin.kubectl("get namespace/portcullis-system")).toMatchObject(NOT_FOUND);
    expect(await admin.succeed(`get ${CONFIGURATIONS} --output=name`)).toBe("");
  }, 300_000);

  test("were all typed, but for some that cannot be", () => {
    expect(typing.commands.filter((command) => !typing.typed.has(command)).toSorted()).toEqual(
      [...NOT_TYPED.keys()].toSorted(),
    );
  });
});
