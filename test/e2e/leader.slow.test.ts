// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Two servers of one Service: one of them keeps the webhooks, and the other takes over. */
import { beforeAll, expect, test } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { startForwarder } from "../cluster/forwarder.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { toldLines, type ToldLine } from "../cluster/told-lines.ts";
import { eventuallyExpected, tell } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { EXCLUSIONS, fileOf, NOT_FOUND, person, policyBinding } from "./cluster.ts";
import { pod, SHOP_NAMESPACE } from "./objects.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("the leader");
const admin = person(controlPlane, "admin");

const VALIDATING = "validatingwebhookconfiguration/portcullis";
const MUTATING = "mutatingwebhookconfiguration/portcullis";
const LEASE = "lease/portcullis --namespace=portcullis-system";

/** The lines of a server's log with one of these messages. */
async function lines(replica: ServiceReplica, ...messages: readonly string[]): Promise<readonly ToldLine[]> {
  return (await toldLines(replica)).filter(({ msg }) => messages.includes(msg));
}

async function metric(replica: ServiceReplica, name: string): Promise<number | undefined> {
  return (await replica.metrics()).get(name);
}

async function leads(replica: ServiceReplica): Promise<boolean> {
  return (await metric(replica, "portcullis_leader")) === 1;
}

/** Of the leader, in ms: it looks every 10 s, and the API server tells others a moment later. */
const PATIENCE = 30_000;

function eventually(assertion: () => Promise<void>): Promise<void> {
  return eventuallyExpected(assertion, PATIENCE);
}

async function untilLeading(replica: ServiceReplica): Promise<void> {
  await eventually(async () => expect(await leads(replica)).toBe(true));
}

function installed(kind: string): string {
  return `portcullis_webhooks_installed{kind="${kind}WebhookConfiguration"}`;
}

async function webhooks(): Promise<unknown> {
  return JSON.parse(await admin.stored(VALIDATING, "{.webhooks}"));
}

/** The ports of the Service that the entries lead to. */
async function portsOf(configuration: string): Promise<ReadonlySet<string>> {
  const ports = await admin.stored(configuration, "{.webhooks[*].clientConfig.service.port}");
  return new Set(ports.split(" "));
}

const PUT_BACK = "somebody changed a webhook configuration; it was put back";
const FAILED = "a task of the leader failed; it is tried again";

endToEnd("two servers", () => {
  let replicas: Replicas;
  let leader: ServiceReplica;
  let follower: ServiceReplica;

  beforeAll(async () => {
    const policies = (await buildFolder("policies")).file;
    const bindings = [await fileOf("exclusions.yaml", EXCLUSIONS)];
    const installation = { policies, bindings, manageCertificates: true, keepWebhooks: true };
    replicas = await prepareReplicas(controlPlane(), installation);
    leader = await replicas.start();
    await leader.ready();
    await untilLeading(leader);
    follower = await replicas.start();
    await follower.ready();
  }, 120_000);

  test("one leads, and makes no configurations", async () => {
    await delay(3_000);
    expect([await leads(leader), await leads(follower)]).toEqual([true, false]);
    await eventually(async () => {
      expect(await lines(leader, "a webhook configuration is not kept")).toMatchObject([
        { kind: "ValidatingWebhookConfiguration", why: "missing" },
        { kind: "MutatingWebhookConfiguration", why: "missing" },
      ]);
    });
    expect(await admin.kubectl(`get ${VALIDATING}`)).toMatchObject(NOT_FOUND);
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed("wait --for=create serviceaccount/default --namespace=shop");
    await eventually(async () => {
      expect(await metric(leader, installed("Validating"))).toBe(1);
      expect(await metric(leader, installed("Mutating"))).toBe(1);
      expect(await metric(follower, installed("Mutating"))).toBeUndefined();
    });
    const told = await lines(leader, PUT_BACK, "webhook configuration updated", FAILED);
    // A call for the Lease has five seconds, which a machine that stands still may take.
    expect(told.filter(({ task, code }) => task !== "lease" || code !== "CLUSTER_UNREACHABLE")).toEqual([]);
  });

  test.each([
    [
      "a failurePolicy",
      "failurePolicy",
      [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }],
    ],
    [
      "everything at once",
      "matchConditions",
      [
        { op: "add", path: "/webhooks/0/matchConditions/-", value: { name: "never", expression: "false" } },
        { op: "add", path: "/webhooks/0/objectSelector", value: { matchLabels: { a: "b" } } },
        { op: "replace", path: "/webhooks/1/clientConfig", value: { url: "https://elsewhere.example/" } },
        { op: "remove", path: "/webhooks/2" },
      ],
    ],
    ["no entries", undefined, [{ op: "remove", path: "/webhooks" }]],
  ])("%s is put back, and told with who it was", async (_, field, patch) => {
    const before = await webhooks();
    const corrections = (await metric(leader, "portcullis_webhook_corrections_total")) ?? 0;
    const told = (await lines(leader, PUT_BACK)).length;
    await admin.succeed(
      `patch ${VALIDATING} --type=json --field-manager=somebody --patch=${JSON.stringify(patch)}`,
    );
    await eventually(async () => {
      expect(await webhooks()).toEqual(before);
      expect(await metric(leader, "portcullis_webhook_corrections_total")).toBe(corrections + 1);
    });
    const [line] = (await lines(leader, PUT_BACK)).slice(told);
    expect(line).toMatchObject({
      kind: "ValidatingWebhookConfiguration",
      entry: expect.stringMatching(/\.portcullis\.dev$/),
      ...(field === undefined ? {} : { field, manager: "somebody" }),
    });
  });

  test("nobody else's label, annotation or write is in the way of installing again", async () => {
    await admin.succeed(`annotate ${VALIDATING} example.com/owner=me`);
    expect(await replicas.applyWebhooks()).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/are already so\n$/),
    });
  });

  test("an installation under Ignore stays one, and Fail comes back by the command", async () => {
    expect(await replicas.applyWebhooks(["--failure-policy-ignore"])).toMatchObject({ code: 0 });
    await admin.succeed(
      `patch ${VALIDATING} --type=json --patch=[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]`,
    );
    await eventually(async () => {
      expect(await admin.stored(VALIDATING, "{.webhooks[*].failurePolicy}")).not.toContain("Fail");
    });
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
  });

  test("an annotation of somebody's is put back, and brings nothing under Ignore", async () => {
    const told = (await lines(leader, PUT_BACK)).length;
    await admin.succeed(`annotate ${VALIDATING} policy.portcullis.dev/failure-policy=Ignore`);
    await eventually(async () => {
      expect(await admin.stored(VALIDATING, "{.metadata.annotations}")).not.toContain("failure-policy");
      expect((await lines(leader, PUT_BACK)).slice(told)).toMatchObject([
        { field: "metadata.annotations.policy.portcullis.dev/failure-policy", manager: "kubectl-annotate" },
      ]);
    });
    expect(await admin.stored(VALIDATING, "{.webhooks[0].failurePolicy}")).toBe("Fail");
    expect(await metric(leader, "portcullis_webhooks_failure_policy_ignore")).toBe(0);
  });

  test("an installation at another port is followed, also after everything was deleted", async () => {
    const other = await startForwarder();
    other.forwardTo([leader.admissionPort, follower.admissionPort]);
    const written = ["webhook configuration updated", PUT_BACK];
    const before = (await lines(leader, ...written)).length;
    const there = [`--service=portcullis-system/portcullis:${other.port}`];
    expect(await replicas.applyWebhooks(there)).toMatchObject({ code: 0 });
    await delay(12_000);
    expect(await portsOf(VALIDATING)).toEqual(new Set([String(other.port)]));
    expect(await portsOf(MUTATING)).toEqual(new Set([String(other.port)]));
    await admin.succeed(`delete ${VALIDATING} ${MUTATING}`);
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await delay(12_000);
    expect(await portsOf(VALIDATING)).toEqual(new Set([String(replicas.port)]));
    expect(await portsOf(MUTATING)).toEqual(new Set([String(replicas.port)]));
    // Each time `caBundle` was that of the Secret.
    expect((await lines(leader, ...written)).slice(before)).toEqual([]);
    other.close();
  });

  test("whose managedFields are emptied is shown, and kept again once it is installed anew", async () => {
    const kept = 'portcullis_webhooks_kept{kind="ValidatingWebhookConfiguration"}';
    const patch = JSON.stringify({ metadata: { managedFields: [{}] } });
    await admin.succeed(`patch ${VALIDATING} --type=merge --patch=${patch}`);
    const remedy = "kubectl delete validatingwebhookconfiguration portcullis";
    await eventually(async () => {
      expect(await metric(leader, kept)).toBe(0);
      expect((await leader.get("/readyz?verbose")).body).toContain(remedy);
    });
    await admin.succeed(remedy.slice("kubectl ".length));
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await eventually(async () => {
      expect(await metric(leader, kept)).toBe(1);
      expect((await leader.get("/readyz?verbose")).body).not.toContain(remedy);
    });
  });

  test("a binding in the cluster reaches the rules by itself", async () => {
    const entries = "{.webhooks[*].name}";
    expect(await admin.stored(VALIDATING, entries)).not.toContain("namespaces-fail");
    const required = policyBinding("labels", { policies: ["labels/required"], enforcement: "deny" });
    await admin.succeed("apply --filename=-", required);
    await eventually(async () => {
      expect(await admin.stored(VALIDATING, entries)).toContain("namespaces-fail");
    });
    await admin.succeed("delete policybinding/labels");
    await eventually(async () => {
      expect(await admin.stored(VALIDATING, entries)).not.toContain("namespaces-fail");
    });
    // As the command has left it, whatever the leader has written since.
    expect(await admin.stored(VALIDATING, "{.webhooks[0].failurePolicy}")).toBe("Fail");
    expect(await lines(leader, "webhook configuration updated")).not.toEqual([]);
  });

  test("who stops lets the other lead with its next look at the Lease", async () => {
    const begin = performance.now();
    leader.signal("SIGTERM");
    await untilLeading(follower);
    const took = performance.now() - begin;
    tell(`SIGTERM: the other leads after ${(took / 1_000).toFixed(1)} s`);
    // Without a release it would be 15 s and more.
    expect(took).toBeLessThan(10_000);
    expect(await leader.ended).toBe("exit code 0");
  });

  test("who is killed is followed when its Lease is over, and its work goes on", async () => {
    const next = await replicas.start();
    await next.ready();
    await delay(3_000);
    const begin = performance.now();
    await follower.kill();
    const stored = await admin.succeed(`get ${VALIDATING} --output=json`);
    const edited = stored.replaceAll(`"port": ${replicas.port}`, '"port": 1');
    await admin.succeed("replace --filename=-", edited);
    expect(await portsOf(VALIDATING)).toEqual(new Set(["1"]));
    await untilLeading(next);
    const took = performance.now() - begin;
    tell(`SIGKILL: the other leads after ${(took / 1_000).toFixed(1)} s`);
    // How long exactly is proved in election.test.ts. This is 15 s, a look every 2 s on either side, and a machine that
    // stands still meanwhile; a second Lease would be 30 s and more.
    expect(took).toBeLessThan(28_000);
    leader = next;
    // What somebody has set meanwhile is not taken for what was installed.
    await eventually(async () => expect(await portsOf(VALIDATING)).toEqual(new Set([String(replicas.port)])));
    expect(await replicas.applyWebhooks()).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/are already so\n$/),
    });
    expect(await admin.stored(LEASE, "{.spec.leaseTransitions}")).toBe("3");
  });

  test("without its permissions the leader says so once, and the server goes on deciding", async () => {
    const before = (await lines(leader, FAILED)).length;
    await admin.succeed("delete clusterrolebinding portcullis");
    await eventually(async () => {
      expect(await metric(leader, 'portcullis_leader_failures_total{task="webhooks"}')).toBeGreaterThan(2);
    });
    const told = (await lines(leader, FAILED)).slice(before).filter(({ task }) => task === "webhooks");
    const remedy = expect.stringContaining("Apply the manifests of Portcullis again");
    expect(told).toMatchObject([{ code: "CLUSTER_FORBIDDEN", task: "webhooks", remedy }]);
    const { status, body } = await leader.get("/readyz?verbose");
    expect([status, body]).toEqual([200, expect.stringContaining("leader")]);
    const privileged = pod("bad", { container: { securityContext: { privileged: true } } });
    expect(await admin.kubectl("create --filename=-", privileged)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("denied the request: pod-security/privileged"),
    });
  });

  test("what was deleted stays deleted, also in the moment between reading and writing", async () => {
    const uid = await admin.stored(VALIDATING, "{.metadata.uid}");
    const resourceVersion = await admin.stored(VALIDATING, "{.metadata.resourceVersion}");
    await admin.succeed(`delete ${VALIDATING} ${MUTATING}`);
    // As the leader writes it.
    const configuration = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "portcullis", uid, resourceVersion },
      webhooks: [],
    };
    const apply = "apply --server-side --force-conflicts --field-manager=portcullis --filename=-";
    expect(await admin.kubectl(apply, configuration)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("uid mismatch"),
    });
    await delay(12_000);
    expect(await admin.kubectl(`get ${VALIDATING}`)).toMatchObject(NOT_FOUND);
    expect(await admin.kubectl(`get ${MUTATING}`)).toMatchObject(NOT_FOUND);
  });
});
