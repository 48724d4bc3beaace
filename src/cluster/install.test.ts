import { describe, expect, test } from "@jest/globals";
import { samplePolicy, sampleSnapshot } from "../../test/samples.ts";
import type { ApiAnswer } from "./api-request.ts";
import { installWebhooks, type StoredConfiguration, type WebhookCluster } from "./install.ts";
import type { WantedWebhooks } from "./install-steps.ts";
import type { Probe } from "./probe-webhook.ts";
import type { WebhookConfiguration, WebhookServer } from "./webhook-configuration.ts";
import { webhookConfigurations } from "./webhooks.ts";

const SERVER: WebhookServer = {
  service: { namespace: "portcullis-system", name: "portcullis", port: 443 },
  caBundle: "Q0E=",
};
const WANTED: WantedWebhooks = {
  ...webhookConfigurations(sampleSnapshot({ policies: [samplePolicy("a/b")] }), SERVER),
  server: SERVER,
};
const VALIDATING = "ValidatingWebhookConfiguration portcullis";
const MUTATING = "MutatingWebhookConfiguration portcullis";
const PROBE = "ValidatingWebhookConfiguration portcullis-self-probe";

const OTHERS: StoredConfiguration = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "portcullis", labels: {} },
  webhooks: [{ name: "what.was.before", failurePolicy: "Fail" }],
};

/** A cluster whose API server asks the entries that it has, and a server behind it that answers as it is told. */
class FakeCluster implements WebhookCluster {
  readonly stored = new Map<string, StoredConfiguration | WebhookConfiguration>();
  readonly log: string[] = [];
  major = 1;
  minor = 36;
  service: Awaited<ReturnType<WebhookCluster["serviceState"]>> = "ready";
  /** What the API server says of a call that it cannot make; undefined if Portcullis answers. */
  failing: string | undefined = undefined;
  /** Throws for a write, by what it is and what is written. */
  refuse: (id: string, configuration: StoredConfiguration | WebhookConfiguration) => void = () => undefined;

  version = async () => ({ major: this.major, minor: this.minor });
  serviceState = async () => this.service;
  read: WebhookCluster["read"] = async ({ kind, name }) => stored(this.stored.get(`${kind} ${name}`));
  apply: WebhookCluster["apply"] = async (configuration, { dryRun, force }) => {
    const id = `${configuration.kind} ${configuration.metadata.name}`;
    if (!dryRun) {
      this.refuse(id, configuration);
      this.log.push(`${force ? "restore" : "apply"} ${id} ${failurePolicies(configuration)}`);
      this.stored.set(id, configuration);
    }
    return stored(configuration) ?? OTHERS;
  };
  remove: WebhookCluster["remove"] = async ({ kind, name }) => {
    this.log.push(`remove ${kind} ${name}`);
    this.stored.delete(`${kind} ${name}`);
  };
  probe: WebhookCluster["probe"] = async (probe: Probe): Promise<ApiAnswer> => {
    const entries = JSON.stringify([...this.stored.values()]);
    const asked = /"name":"((?:server-ready|self-probe)[^"]*)"/.exec(entries)?.[1];
    this.log.push(`probe ${probe} ${asked?.split(".")[0] ?? "nobody"}`);
    if (asked !== undefined && this.failing !== undefined)
      return { code: 500, body: { message: `failed calling webhook "${asked}": ${this.failing}` } };
    return asked === undefined || probe === "allow"
      ? { code: 201, body: {} }
      : { code: 403, body: { message: `admission webhook "${asked}" denied the request: no` } };
  };
}

function stored(
  configuration: StoredConfiguration | WebhookConfiguration | undefined,
): StoredConfiguration | undefined {
  return configuration === undefined ? undefined : structuredClone(configuration);
}

/** Their first letters in order: `FIF`. */
function failurePolicies({ webhooks }: { readonly webhooks: readonly unknown[] }): string {
  return [...JSON.stringify(webhooks).matchAll(/"failurePolicy":"(\w)/g)].map(([, first]) => first).join("");
}

/** Installs with a clock that does not wait. Gives what was said. */
async function install(cluster: FakeCluster, signal = new AbortController().signal) {
  const said: string[] = [];
  let now = 0;
  const clock = { now: () => now, sleep: async (milliseconds: number) => void (now += milliseconds) };
  const changed = await installWebhooks(WANTED, cluster, {
    clock,
    say: (message) => said.push(message),
    signal,
  }).catch((error: unknown) => error);
  return { changed, said };
}

test("the server answers first, then everything is under Ignore, is proved, and only then under Fail", async () => {
  const cluster = new FakeCluster();
  const { changed, said } = await install(cluster);
  expect(changed).toBe(true);
  expect(cluster.log).toEqual([
    `apply ${PROBE} F`,
    "probe deny server-ready",
    "probe allow server-ready",
    `remove ${PROBE}`,
    `apply ${VALIDATING} IIF`,
    `apply ${MUTATING} `,
    "probe deny self-probe",
    "probe allow self-probe",
    `apply ${VALIDATING} FF`,
  ]);
  expect(said.at(-1)).toBe("validation has its own failure policies");
  expect([...cluster.stored]).toEqual([
    [VALIDATING, WANTED.validating],
    [MUTATING, WANTED.mutating],
  ]);
});

test("what is installed already is left alone", async () => {
  const cluster = new FakeCluster();
  cluster.stored.set(VALIDATING, WANTED.validating).set(MUTATING, WANTED.mutating);
  expect((await install(cluster)).changed).toBe(false);
  expect(cluster.log).toEqual([]);
});

describe("nothing is changed", () => {
  test.each<readonly [string, Partial<FakeCluster>, string, string]>([
    [
      "in a cluster that is too old",
      { minor: 29 },
      "CLUSTER_TOO_OLD",
      "The API server is Kubernetes 1.29; the matchConditions of the webhooks need 1.30 or later.",
    ],
    [
      "without a Service",
      { service: "missing" },
      "WEBHOOK_UNREACHABLE",
      "Nothing was installed: there is no Service portcullis-system/portcullis.",
    ],
    [
      "without a Pod",
      { service: "no-endpoints" },
      "WEBHOOK_UNREACHABLE",
      "Nothing was installed: the Service portcullis-system/portcullis has no ready Pod.",
    ],
  ])("%s", async (_, state, code, message) => {
    const cluster = Object.assign(new FakeCluster(), state);
    expect((await install(cluster)).changed).toMatchObject({ code, message });
    expect(cluster.log).toEqual([]);
  });
});

test("what is in use stays in use while the server does not answer", async () => {
  const cluster = new FakeCluster();
  cluster.stored.set(VALIDATING, OTHERS);
  cluster.failing = "connection refused";
  const { changed, said } = await install(cluster);
  expect(changed).toMatchObject({
    code: "WEBHOOK_UNREACHABLE",
    message: expect.stringContaining(
      'failed calling webhook "server-ready.portcullis.dev": connection refused',
    ),
  });
  expect(cluster.log.filter((line) => !line.startsWith("probe"))).toEqual([
    `apply ${PROBE} F`,
    `remove ${PROBE}`,
  ]);
  expect([...cluster.stored]).toEqual([[VALIDATING, OTHERS]]);
  expect(said).toEqual([
    'waiting: failed calling webhook "server-ready.portcullis.dev": connection refused',
    `rolled back: the ${PROBE} is not there`,
  ]);
});

test("after a failure everything is as it was, the newest first", async () => {
  const cluster = new FakeCluster();
  cluster.stored.set(VALIDATING, OTHERS);
  cluster.refuse = (id, configuration) => {
    if (id === VALIDATING && failurePolicies(configuration) === "FF") throw new Error("etcd is full");
  };
  const { changed } = await install(cluster);
  expect(changed).toEqual(new Error("etcd is full"));
  expect(cluster.log.slice(-2)).toEqual([`remove ${MUTATING}`, `restore ${VALIDATING} F`]);
  expect([...cluster.stored]).toEqual([[VALIDATING, OTHERS]]);
});

test("what cannot be taken back is told", async () => {
  const cluster = new FakeCluster();
  cluster.failing = "no route to host";
  cluster.remove = () => Promise.reject(new Error("the cluster is gone."));
  expect((await install(cluster)).said.at(-1)).toBe(
    `the ${PROBE} could not be rolled back: the cluster is gone. Delete it with kubectl, or run the command again.`,
  );
});

test("an interruption takes back what was begun", async () => {
  const cluster = new FakeCluster();
  const interruption = new AbortController();
  cluster.refuse = (id) => {
    if (id === MUTATING) interruption.abort();
  };
  await install(cluster, interruption.signal);
  expect(cluster.log.some((line) => line.includes("FF"))).toBe(false);
  expect([...cluster.stored]).toEqual([]);
});

test("a probe that is refused for another reason ends it at once", async () => {
  const cluster = new FakeCluster();
  cluster.probe = async () => ({
    code: 403,
    body: { message: 'configmaps is forbidden: User "x" cannot create resource "configmaps"' },
  });
  expect((await install(cluster)).changed).toMatchObject({
    code: "CLUSTER_FORBIDDEN",
    message:
      'The API server did not take the self-probe in portcullis-system: configmaps is forbidden: User "x" cannot create resource "configmaps".',
  });
  expect([...cluster.stored]).toEqual([]);
});

test("a known-bad object that is let in proves nothing", async () => {
  const cluster = new FakeCluster();
  cluster.probe = async () => ({ code: 201, body: {} });
  expect((await install(cluster)).changed).toMatchObject({
    code: "WEBHOOK_UNREACHABLE",
    message: expect.stringContaining("the known-bad object was let in"),
  });
});
