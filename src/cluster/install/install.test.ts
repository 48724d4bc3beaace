import { describe, expect, test } from "@jest/globals";
import {
  failurePolicies,
  FakeCluster,
  install,
  MUTATING,
  OTHERS,
  PROBE,
  SERVER,
  stored,
  VALIDATING,
  WANTED,
} from "../../../test/fake-webhook-cluster.ts";
import { recorded } from "./record.ts";
import { probeConfiguration, probeObject, withProbe } from "../webhooks/probe.ts";
import { withoutFail } from "../webhooks/webhooks.ts";

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

test("what was there comes back, too, where only its leftovers were taken out", async () => {
  const cluster = new FakeCluster();
  cluster.stored.set(VALIDATING, OTHERS);
  const { apply } = cluster;
  cluster.apply = async (configuration, how) => {
    const isFirst = configuration.metadata.name === "portcullis" && !how.dryRun && !how.force;
    if (!isFirst) return apply(configuration, how);
    cluster.stored.set(VALIDATING, { ...OTHERS, webhooks: [] });
    how.tookOut?.({ ...OTHERS, webhooks: [] });
    throw new Error("etcd is full");
  };
  const { said } = await install(cluster);
  expect(said.at(-1)).toBe(`rolled back: the ${VALIDATING} is what it was`);
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

test("a denial by another webhook is no missing permission", async () => {
  const cluster = new FakeCluster();
  const message = 'admission webhook "no.example.com" denied the request: no';
  cluster.probe = async () => ({ code: 403, body: { message } });
  expect((await install(cluster)).changed).toMatchObject({
    code: "CLUSTER_REFUSED",
    message: `The API server did not take the self-probe in portcullis-system: ${message}.`,
  });
});

describe("what a killed run has left behind", () => {
  const half = withProbe(withoutFail(WANTED.validating), SERVER);

  test("is replaced by the next one", async () => {
    const cluster = new FakeCluster();
    cluster.stored.set(VALIDATING, half).set(PROBE, probeConfiguration(SERVER));
    expect((await install(cluster)).changed).toBe(true);
    expect([...cluster.stored]).toEqual([
      [VALIDATING, WANTED.validating],
      [MUTATING, WANTED.mutating],
    ]);
  });

  test("comes back after a failure, and it is said what that means", async () => {
    const cluster = new FakeCluster();
    const unfinished = recorded(half, SERVER);
    cluster.stored.set(VALIDATING, unfinished);
    cluster.refuse = (id) => {
      if (id === MUTATING) throw new Error("etcd is full");
    };
    const { said } = await install(cluster);
    expect(said.at(-1)).toMatch(/^nothing is enforced while Portcullis cannot answer: .*; run it again$/);
    expect(cluster.stored.get(VALIDATING)).toEqual(unfinished);
  });

  test("is not asked about the probe of another entry", () => {
    const [guard] = probeConfiguration(SERVER).webhooks.map(({ matchConditions }) => matchConditions.at(-1));
    expect(guard?.expression).toContain("startsWith('portcullis-server-ready-')");
    expect(half.webhooks.at(-1)?.matchConditions.at(-1)?.expression).toContain(
      "startsWith('portcullis-self-probe-')",
    );
    expect(probeObject("deny", "self-probe", "x")).toMatchObject({
      metadata: { name: "portcullis-self-probe-deny" },
    });
  });

  test("by an earlier version may answer instead of the entry that is probed", async () => {
    const cluster = new FakeCluster();
    const message = 'admission webhook "self-probe.portcullis.dev" denied the request: no';
    cluster.probe = async (probe) =>
      probe === "deny" ? { code: 403, body: { message } } : { code: 201, body: {} };
    expect((await install(cluster)).changed).toBe(true);
  });

  test("is gone after a failure, too", async () => {
    const cluster = new FakeCluster();
    cluster.stored.set(PROBE, probeConfiguration(SERVER));
    cluster.failing = "connection refused";
    await install(cluster);
    expect([...cluster.stored]).toEqual([]);
  });

  test("is removed where everything else is as it must be", async () => {
    const cluster = new FakeCluster();
    cluster.stored.set(VALIDATING, WANTED.validating).set(MUTATING, WANTED.mutating);
    cluster.stored.set(PROBE, probeConfiguration(SERVER));
    expect((await install(cluster)).changed).toBe(false);
    expect(cluster.log).toEqual([`remove ${PROBE}`]);
  });
});

/** One run is at its second probe when another runs to the end; `then` comes after that. */
function overtaken(then: () => void = () => undefined): FakeCluster {
  const cluster = new FakeCluster();
  cluster.beforeProbe = async () => {
    if (!cluster.stored.has(MUTATING)) return;
    cluster.beforeProbe = async () => undefined;
    await install(cluster);
    then();
  };
  return cluster;
}

describe("two runs at once", () => {
  test("both end well", async () => {
    const cluster = new FakeCluster();
    const results = await Promise.all([install(cluster), install(cluster), install(cluster)]);
    expect(results.map(({ changed }) => changed)).toEqual([true, true, true]);
    expect([...cluster.stored]).toEqual([
      [VALIDATING, WANTED.validating],
      [MUTATING, WANTED.mutating],
    ]);
  });

  test.each(["server-ready", "self-probe"])(
    "both end well if one ends while the other is at the probe %s",
    async (entry) => {
      const cluster = new FakeCluster();
      cluster.beforeProbe = async () => {
        if (!JSON.stringify([...cluster.stored.values()]).includes(entry)) return;
        cluster.beforeProbe = async () => undefined;
        expect((await install(cluster)).changed).toBe(true);
      };
      expect((await install(cluster)).changed).toBe(true);
      expect(cluster.stored.get(VALIDATING)).toEqual(WANTED.validating);
      expect(cluster.stored.has(PROBE)).toBe(false);
    },
  );

  const ALL_OF_IT = [
    [VALIDATING, WANTED.validating],
    [MUTATING, WANTED.mutating],
  ];

  test("what one has installed stays when the other is interrupted", async () => {
    const interruption = new AbortController();
    const cluster = overtaken(() => interruption.abort());
    const { said } = await install(cluster, interruption.signal);
    expect(said.at(-1)).toBe(
      `not rolled back: somebody else has changed the ${VALIDATING} since, so everything stays as it is now`,
    );
    expect([...cluster.stored]).toMatchObject(ALL_OF_IT);
  });

  test("what one has installed comes back when the other had begun anew", async () => {
    const interruption = new AbortController();
    const cluster = overtaken();
    cluster.refuse = (id, configuration) => {
      const writes = cluster.log.filter((line) => line === `apply ${VALIDATING} IIF`);
      if (id === VALIDATING && failurePolicies(configuration) === "IIF" && writes.length === 2)
        interruption.abort();
    };
    const { said } = await install(cluster, interruption.signal);
    expect(said.at(-1)).toBe(`rolled back: the ${VALIDATING} is what it was`);
    expect([...cluster.stored]).toMatchObject(ALL_OF_IT);
  });

  test("the one that does not get what it wants says so", async () => {
    const cluster = new FakeCluster();
    const read = cluster.read;
    // From the end on, somebody has put everything under Ignore.
    cluster.read = async (id) => {
      if (cluster.log.at(-1) === `apply ${VALIDATING} FF`)
        cluster.stored.set(VALIDATING, withoutFail(WANTED.validating));
      return read(id);
    };
    const { changed, said } = await install(cluster);
    expect(changed).toMatchObject({
      code: "WEBHOOKS_CONFLICT",
      message: expect.stringContaining("while they were installed"),
    });
    expect(said.at(-1)).toContain("not rolled back");
  });
});

test("caBundle that is filled in meanwhile does not keep anything from being taken back", async () => {
  const cluster = new FakeCluster();
  cluster.refuse = (id) => {
    if (id === MUTATING) {
      const now = JSON.stringify(cluster.stored.get(VALIDATING)).replaceAll(
        '"caBundle":"Q0E="',
        '"caBundle":"WA=="',
      );
      cluster.stored.set(VALIDATING, JSON.parse(now));
      throw new Error("etcd is full");
    }
  };
  await install(cluster);
  expect([...cluster.stored]).toEqual([]);
});

test("what others have added is not taken for installed", async () => {
  const cluster = new FakeCluster();
  cluster.stored.set(VALIDATING, WANTED.validating).set(MUTATING, WANTED.mutating);
  const foreign = { name: "theirs.example.com" };
  cluster.apply = async (configuration) => ({
    ...OTHERS,
    webhooks: [...(stored(configuration)?.webhooks ?? []), foreign],
  });
  expect((await install(cluster)).changed).toMatchObject({
    code: "WEBHOOKS_CONFLICT",
    message:
      "Somebody else has changed the ValidatingWebhookConfiguration portcullis: the entry theirs.example.com is not what Portcullis installs, and applying would leave it.",
    remedy: expect.stringContaining("kubectl edit validatingwebhookconfiguration portcullis"),
  });
});
