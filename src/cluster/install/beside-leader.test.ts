/** An installation while a leader keeps what is installed, and replaces its authority or wants other rules. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { FakeCluster, install, MUTATING, stored, VALIDATING } from "../../../test/fake-webhook-cluster.ts";
import { samplePolicy, sampleSnapshot } from "../../../test/samples.ts";
import { createAuthority } from "../../certificates/certificate.ts";
import { PortcullisError } from "../../error.ts";
import { isJsonObject, objectMember } from "../../policy/json.ts";
import type { StoredConfiguration } from "./cluster.ts";
import { recorded } from "./record.ts";
import type { WantedWebhooks } from "./steps.ts";
import type { WebhookConfiguration, WebhookServer } from "../webhooks/configuration.ts";
import { hasProbe, withProbe } from "../webhooks/probe.ts";
import { webhookConfigurations, withoutFail } from "../webhooks/webhooks.ts";

let old = "";
let both = "";
let other = "";

beforeAll(async () => {
  [old, both, other] = await authorities();
});

function encoded(text = ""): string {
  return Buffer.from(text).toString("base64");
}

async function authorities(): Promise<[string, string, string]> {
  const made = ["First", "Next", "Third"].map((name) => createAuthority(name, 9, new Date()));
  const [first, next, third] = (await Promise.all(made)).map(({ cert }) => cert);
  return [encoded(first), encoded(`${first ?? ""}${next ?? ""}`), encoded(third)];
}

/** What is installed for these policies; the port of an installation is what differs from one to the next. */
function wanting(policies: readonly string[], server: Partial<Service> = {}, caBundle = old): WantedWebhooks {
  const service = { namespace: "portcullis-system", name: "portcullis", port: 443, ...server };
  const at: WebhookServer = { service, caBundle };
  const snapshot = sampleSnapshot({
    policies: policies.map((id) =>
      samplePolicy(id, { entrypoints: { deny: `${id}/deny`, patch: `${id}/patch` } }),
    ),
  });
  const { validating, mutating } = webhookConfigurations(snapshot, at);
  return { validating: recorded(validating, at), mutating: recorded(mutating, at), server: at };
}

interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

function trusting(
  configuration: StoredConfiguration | WebhookConfiguration,
  caBundle: string,
): StoredConfiguration {
  const entries: readonly unknown[] = configuration.webhooks;
  const webhooks = entries.filter(isJsonObject).map((entry) => ({
    ...entry,
    clientConfig: { ...objectMember(entry, "clientConfig"), caBundle },
  }));
  return { ...configuration, webhooks };
}

/** With an earlier installation on another port. */
function clusterWith({ validating, mutating }: WantedWebhooks): FakeCluster {
  const cluster = new FakeCluster();
  cluster.stored.set(VALIDATING, validating).set(MUTATING, mutating);
  return cluster;
}

/** Has somebody write at once over what is written, but not over what is brought back. */
function overwriting(
  cluster: FakeCluster,
  change: (configuration: StoredConfiguration | WebhookConfiguration) => StoredConfiguration,
): void {
  const { apply } = cluster;
  cluster.apply = async (configuration, how) => {
    const answer = await apply(configuration, how);
    const id = `${configuration.kind} ${configuration.metadata.name}`;
    if (!how.dryRun && !how.force && [VALIDATING, MUTATING].includes(id))
      cluster.stored.set(id, change(configuration));
    return answer;
  };
}

const run = (cluster: FakeCluster, wanted: WantedWebhooks) =>
  install(cluster, new AbortController().signal, wanted);

/** Fails with the second configuration, when the leader has written over the first one. */
function interruptedBesideLeader(earlier: WantedWebhooks): FakeCluster {
  const cluster = failingAtSecond(earlier);
  overwriting(cluster, (configuration) => trusting(configuration, both));
  return cluster;
}

function failingAtSecond(earlier: WantedWebhooks): FakeCluster {
  const cluster = clusterWith(earlier);
  cluster.refuse = (id) => {
    if (id === MUTATING) throw new Error("etcd is full");
  };
  return cluster;
}

describe("while the authority is replaced", () => {
  test("an installation that read the one before comes to its end, and both stay trusted", async () => {
    const cluster = clusterWith(wanting(["a/b"], { port: 8443 }));
    overwriting(cluster, (configuration) => trusting(configuration, both));
    const wanted = wanting(["a/b"]);
    expect((await run(cluster, wanted)).changed).toBe(true);
    expect([...cluster.stored.values()]).toEqual([
      trusting(wanted.validating, both),
      trusting(wanted.mutating, both),
    ]);
  });

  test("what comes back after a failure trusts the next one, too", async () => {
    const earlier = wanting(["a/b"], { port: 8443 });
    const cluster = interruptedBesideLeader(earlier);
    const { said } = await run(cluster, wanting(["a/b"]));
    expect(said.at(-1)).toBe(`rolled back: the ${VALIDATING} is what it was`);
    expect(cluster.stored.get(VALIDATING)).toEqual(stored(trusting(earlier.validating, both)));
  });

  test("what comes back trusts the next one that this run has added, since the leader may have waited for that", async () => {
    const earlier = wanting(["a/b"], { port: 8443 });
    const cluster = failingAtSecond(earlier);
    const { said } = await run(cluster, wanting(["a/b"], {}, both));
    expect(said.at(-1)).toBe(`rolled back: the ${VALIDATING} is what it was`);
    expect(cluster.stored.get(VALIDATING)).toEqual(stored(trusting(earlier.validating, both)));
  });

  test("an authority that this run has put in the place of the one before does not stay", async () => {
    const earlier = wanting(["a/b"], { port: 8443 });
    const cluster = failingAtSecond(earlier);
    await run(cluster, wanting(["a/b"], {}, other));
    expect(cluster.stored.get(VALIDATING)).toEqual(stored(earlier.validating));
  });

  test("what comes back for another Service is not given the authority of this one", async () => {
    const earlier = wanting(["a/b"], { namespace: "other" }, other);
    const cluster = interruptedBesideLeader(earlier);
    await run(cluster, wanting(["a/b"]));
    expect(cluster.stored.get(VALIDATING)).toEqual(stored(earlier.validating));
  });
});

test("another authority instead of the one that was to be trusted is told", async () => {
  const cluster = clusterWith(wanting(["a/b"], { port: 8443 }));
  overwriting(cluster, (configuration) => trusting(configuration, other));
  expect((await run(cluster, wanting(["a/b"]))).changed).toMatchObject({
    code: "WEBHOOKS_CONFLICT",
    message: `Somebody else has changed the webhook configurations while they were installed: caBundle of the entry validate-fail.portcullis.dev of the ${VALIDATING} is not what this command was to install.`,
  });
});

/** A leader goes by the record of an installation, and leaves the probe of one that is under way. */
function asLeaderWants(configuration: StoredConfiguration | WebhookConfiguration): StoredConfiguration {
  const { validating, mutating, server } = wanting(["a/b", "c/d"]);
  const wanted = configuration.kind === validating.kind ? validating : mutating;
  const entries: readonly unknown[] = configuration.webhooks;
  const isUnderWay = hasProbe(entries.filter(isJsonObject));
  const kept = isUnderWay ? withProbe(withoutFail(wanted), server) : wanted;
  return trusting({ ...configuration, webhooks: kept.webhooks }, old);
}

/** Once mutation is there, the leader has looked at both, and the server does not answer any more. */
function leftByServer(): { readonly cluster: FakeCluster; readonly earlier: WantedWebhooks } {
  const earlier = wanting(["e/f"]);
  const cluster = clusterWith(earlier);
  cluster.beforeProbe = async () => {
    if (!cluster.log.includes(`apply ${MUTATING} I`)) return;
    cluster.failing = "connection refused";
    for (const [id, configuration] of cluster.stored) cluster.stored.set(id, asLeaderWants(configuration));
    cluster.beforeProbe = async () => undefined;
  };
  return { cluster, earlier };
}

test("the record of another installation instead of this one is told, though the entries are the same", async () => {
  const cluster = clusterWith(wanting(["a/b"], { port: 8443 }));
  overwriting(cluster, (configuration) => {
    const { metadata } = configuration;
    return trusting({ ...configuration, metadata: { ...metadata, annotations: {} } }, old);
  });
  expect((await run(cluster, wanting(["a/b"]))).changed).toMatchObject({
    code: "WEBHOOKS_CONFLICT",
    message: expect.stringContaining("the annotation policy.portcullis.dev/installed of the Validating"),
  });
});

describe("beside a leader with other policies, which changes the entries of an installation that is under way", () => {
  test("what was there before comes back after a failure", async () => {
    const { cluster, earlier } = leftByServer();
    const { changed, said } = await run(cluster, wanting(["a/b"], { port: 8443 }));
    expect(changed).toMatchObject({ code: "WEBHOOK_UNREACHABLE" });
    expect(said.slice(-2)).toEqual([
      `rolled back: the ${MUTATING} is what it was`,
      `rolled back: the ${VALIDATING} is what it was`,
    ]);
    expect(cluster.stored.get(VALIDATING)).toMatchObject({ webhooks: earlier.validating.webhooks });
  });

  test("what stays, because somebody has deleted the other configuration, is said to be under Ignore", async () => {
    const { cluster } = leftByServer();
    const { probe } = cluster;
    cluster.probe = async (...about) => {
      const answer = await probe(...about);
      if (cluster.failing !== undefined) cluster.stored.delete(MUTATING);
      return answer;
    };
    const { said } = await run(cluster, wanting(["a/b"], { port: 8443 }));
    expect(said.slice(-2)).toEqual([
      `not rolled back: somebody else has changed the ${MUTATING} since, so everything stays as it is now`,
      "nothing is enforced while Portcullis cannot answer: everything is under Ignore until this command has come to its end; run it again",
    ]);
  });
});

test("what was deleted at the last moment is not made again", async () => {
  const cluster = clusterWith(wanting(["a/b"], { port: 8443 }));
  const { apply } = cluster;
  cluster.apply = async (configuration, how) => {
    if (!how.force) return apply(configuration, how);
    throw new PortcullisError("WEBHOOKS_CONFLICT", { message: "It was deleted.", remedy: "None." });
  };
  cluster.refuse = (id) => {
    if (id === MUTATING) throw new Error("etcd is full");
  };
  const { said } = await run(cluster, wanting(["a/b"]));
  expect(said.at(-1)).toBe(`not rolled back: somebody else has changed the ${VALIDATING} since`);
});
