// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/**
 * What docs/reference/certificates.md says, under load: each fault has one line of the log and one metric, the last good
 * state stays, and whoever writes to the cluster does not notice.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { createAuthority } from "../../src/certificates/certificate.ts";
import { certificatesIn, leafInSecret, rotate, textsInSecret } from "../cluster/changes.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { letInFromNow } from "../cluster/let-in.ts";
import { IN_BURSTS, sender, startLoad, type Attempt, type Load } from "../cluster/load.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { toldLines, type ToldLine } from "../cluster/told-lines.ts";
import { eventually, eventuallyExpected } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { fileOf, person } from "./cluster.ts";
import { expectGoodCertificates } from "./good-certificates.ts";
import { SHOP, SHOP_NAMESPACE } from "./objects.ts";
import { GOOD_AND_BAD } from "./unnoticed.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("faults of certificates");
const admin = person(controlPlane, "admin");

const SECRET = "secret/portcullis-tls --namespace=portcullis-system";
const LEASE = "lease/portcullis --namespace=portcullis-system";
const VALIDATING = "validatingwebhookconfiguration/portcullis";
const ROTATE = "{.metadata.annotations.policy\\.portcullis\\.dev/rotate}";
const { href: CLOCK } = new URL("../cluster/jumping-clock.ts", import.meta.url);
const DAY_SECONDS = 24 * 60 * 60;

const DAMAGED = "the Secret of the certificates is not as it should be";
const FAILED = "a task of the leader failed; it is tried again";
const WRONG_CLOCK = "the clock of this machine is not the API server's; that of the API server counts";
const RIGHT_CLOCK = "the clock of this machine is the API server's again";
const WORKS = "a task of the leader works again";

/** What a lost key takes: another authority spreads for half a minute, and a leader looks every ten seconds. */
const PATIENCE_MS = 150_000;

async function inSecret(key: string): Promise<string> {
  return (await textsInSecret(controlPlane()))[key] ?? "";
}

/** What the Secret tells callers to trust, by fingerprint; who signs is the first. */
async function authorities(): Promise<readonly string[]> {
  return certificatesIn(await inSecret("ca.crt")).map(({ fingerprint256 }) => fingerprint256);
}

/** As somebody with another tool than kubectl does. */
async function edit(stringData: Readonly<Record<string, string>>): Promise<void> {
  const file = await fileOf("patch.json", { stringData });
  await admin.succeed(`patch ${SECRET} --type=merge --field-manager=somebody --patch-file=${file}`);
}

async function patch(what: string, ...operations: readonly object[]): Promise<void> {
  await admin.succeed(
    `patch ${what} --type=json --field-manager=somebody --patch=${JSON.stringify(operations)}`,
  );
}

async function leads(replica: ServiceReplica): Promise<boolean> {
  return (await replica.metrics()).get("portcullis_leader") === 1;
}

async function counted(replica: ServiceReplica, series: string): Promise<number> {
  return (await replica.metrics()).get(series) ?? Number.NaN;
}

/** By how many seconds its clock is ahead. */
function skewOf(replica: ServiceReplica): Promise<number> {
  return counted(replica, "portcullis_clock_skew_seconds");
}

/** How often a replica has said that of its clock. */
async function timesTold(
  replica: ServiceReplica,
  what: typeof WRONG_CLOCK | typeof RIGHT_CLOCK,
): Promise<number> {
  return (await toldLines(replica)).filter(({ msg }) => msg === what).length;
}

/** Gives how often a task has failed since, at the replica where it did least. */
async function failuresFromNow(
  task: string,
  replicas: readonly ServiceReplica[],
): Promise<() => Promise<number>> {
  const series = `portcullis_leader_failures_total{task="${task}"}`;
  const each = (): Promise<readonly number[]> =>
    Promise.all(replicas.map((replica) => counted(replica, series)));
  const before = await each();
  return async () => {
    const growth = (await each()).map((count, index) => count - (before[index] ?? Number.NaN));
    return Math.min(...growth);
  };
}

async function grantAgain(): Promise<void> {
  await admin.succeed(`apply --server-side --kustomize=${path.resolve("manifests/overlays/local")}`);
}

/** Each task and each resource once, of every replica; and what to do. */
function expectForbidden(told: readonly (readonly ToldLine[])[]): void {
  for (const lines of told) {
    const what = lines.map(({ task, resource }) => task ?? resource);
    expect(what).toEqual([...new Set(what)]);
  }
  for (const { code, remedy } of told.flat()) {
    expect(code).toBe("CLUSTER_FORBIDDEN");
    expect(remedy).toContain("Apply the manifests of Portcullis again");
  }
}

endToEnd("two replicas that keep certificates and webhooks", () => {
  let replicas: Replicas;
  let first: ServiceReplica;
  let second: ServiceReplica;
  let load: Load;

  beforeAll(async () => {
    const policies = (await buildFolder("policies")).file;
    const managed = { manageCertificates: true, keepWebhooks: true };
    replicas = await prepareReplicas(controlPlane(), { policies, bindings: [], ...managed });
    const environment = { NODE_OPTIONS: `--import=${CLOCK}` };
    first = await replicas.start({ environment });
    await first.ready();
    second = await replicas.start();
    await second.ready();
    expect(await leads(first)).toBe(true);
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
    const send = await sender(controlPlane());
    for (const create of GOOD_AND_BAD)
      await eventually("all is judged", async () => (await send(create, 0)).failure === undefined);
    load = startLoad(send, GOOD_AND_BAD, IN_BURSTS);
  }, 180_000);

  afterAll(async () => {
    await load.end();
  });

  /** What was told of everything that is not as it should be, by the leader and by the other, from now on. */
  async function problems(): Promise<() => Promise<readonly (readonly ToldLine[])[]>> {
    const before = await Promise.all([first, second].map(async (each) => (await toldLines(each)).length));
    return async () => {
      const all = await Promise.all([first, second].map(toldLines));
      return all.map((lines, index) => lines.slice(before[index]).filter(({ level }) => level !== "info"));
    };
  }

  /** Makes a fault, waits until it is over, and gives what was told of it; nobody's request failed meanwhile. */
  async function during(
    fault: () => Promise<unknown>,
    over: () => Promise<void>,
  ): Promise<readonly (readonly ToldLine[])[]> {
    const [begin, connections] = [performance.now(), replicas.connections()];
    const told = await problems();
    await fault();
    await eventuallyExpected(over, PATIENCE_MS);
    const attempts = await answeredSince(begin, connections);
    expect(attempts.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect((await Promise.all([first, second].map((each) => each.log()))).join("")).not.toContain(
      "PRIVATE KEY",
    );
    return told();
  }

  /** At least one burst, with more connections than there were so far, and what fails slowly. */
  async function answeredSince(begin: number, connections: number): Promise<readonly Attempt[]> {
    const since = (): readonly Attempt[] => load.attempts.filter(({ due }) => due >= begin);
    await eventually(
      "it is asked on a new connection",
      () => since().length > 0 && replicas.connections() > connections,
    );
    await load.answered();
    return since();
  }

  /** As `during`, and nobody was let in without having been judged. */
  async function judgedDuring(...fault: Parameters<typeof during>): ReturnType<typeof during> {
    const letIn = await letInFromNow(controlPlane());
    const told = await during(...fault);
    expect(await letIn()).toEqual({});
    return told;
  }

  async function areGood(): Promise<void> {
    await expectGoodCertificates(controlPlane(), [first, second]);
  }

  test.each<readonly [string, string, () => Promise<unknown>]>([
    ["a Secret edited by hand", "leaf-unusable", () => edit({ "tls.crt": "see the vault" })],
    ["half a key pair", "leaf-missing", () => edit({ "tls.key": "" })],
    ["the key of another pair", "leaf-unusable", async () => edit({ "tls.key": await inSecret("ca.key") })],
    [
      "an authority that does not match",
      "authorities-incomplete",
      async () => edit({ "ca.crt": (await createAuthority("stranger", 9, new Date())).cert }),
    ],
    ["an authority without its key", "signer-unusable", () => edit({ "ca.key": "lost" })],
    ["a Secret that was deleted", "secret-missing", () => admin.succeed(`delete ${SECRET}`)],
  ])(
    "%s is one line and one metric of the leader, and is mended",
    async (_, fault, damage) => {
      const series = `portcullis_certificate_faults_total{fault="${fault}"}`;
      const before = await counted(first, series);
      const told = await judgedDuring(damage, async () => {
        expect(await counted(first, series)).toBe(before + 1);
        await areGood();
      });
      const manager = fault === "secret-missing" ? {} : { manager: "somebody" };
      expect(told).toEqual([
        [
          expect.objectContaining({
            level: "warn",
            msg: DAMAGED,
            fault,
            code: "CERTIFICATE_DAMAGED",
            ...manager,
          }),
        ],
        [],
      ]);
    },
    200_000,
  );

  test("a caBundle that somebody has emptied is put back in one line", async () => {
    const series = "portcullis_webhook_corrections_total";
    const before = await counted(first, series);
    // The API server refuses none of these requests: the mutating webhooks are under Ignore, and let in what they missed.
    const told = await during(
      () =>
        patch(VALIDATING.replace("validating", "mutating"), {
          op: "remove",
          path: "/webhooks/0/clientConfig/caBundle",
        }),
      async () => {
        expect(await counted(first, series)).toBe(before + 1);
        await areGood();
      },
    );
    const field = "clientConfig.caBundle";
    const msg = "somebody changed a webhook configuration; it was put back";
    const [ofLeader = [], ofOther = []] = told.map((lines) =>
      lines.filter((line) => line.code !== "TLS_FAILED"),
    );
    expect([ofLeader, ofOther]).toEqual([[expect.objectContaining({ level: "warn", msg, field })], []]);
    // Who was asked by a caller that did not accept its certificate says that once, too.
    for (const lines of told) expect(lines.length).toBeLessThanOrEqual(2);
  });

  test("a Lease that is deleted, or of somebody for 68 years, holds up nobody", async () => {
    const told = await judgedDuring(
      () => admin.succeed(`delete ${LEASE}`),
      async () => void (await admin.succeed(`get ${LEASE}`)),
    );
    expect(told).toEqual([[], []]);
    const spec = { holderIdentity: "somebody", leaseDurationSeconds: 2 ** 31 - 1 };
    const taken = await judgedDuring(
      () => admin.succeed(`patch ${LEASE} --type=merge --patch=${JSON.stringify({ spec })}`),
      async () => {
        expect(await admin.stored(LEASE, "{.spec.holderIdentity}")).not.toBe("somebody");
        expect(await leading()).toBe(1);
      },
    );
    expect(taken).toEqual([[], []]);
  });

  async function leading(): Promise<number> {
    return (await Promise.all([first, second].map(leads))).filter(Boolean).length;
  }

  /** As `judgedDuring`, without a grant of permissions; however that ends, it is given back. */
  async function judgedWithout(grant: string, over: () => Promise<void>): ReturnType<typeof during> {
    try {
      return await judgedDuring(() => admin.succeed(`delete ${grant}`), over);
    } finally {
      await grantAgain();
    }
  }

  test("missing permissions are one line for each task, every remark, and one line when they are back", async () => {
    const leader = (await leads(first)) ? first : second;
    const before = (await toldLines(leader)).length;
    const failures = await failuresFromNow("webhooks", [leader]);
    const told = await judgedWithout("clusterrolebinding/portcullis", async () => {
      expect(await failures()).toBeGreaterThan(4);
      const { body } = await leader.get("/readyz?verbose");
      expect(body).toMatch(/^\[-\]leader failed \(does not count\): webhooks: /m);
    });
    expectForbidden(told);
    expect(told.flat().filter(({ msg }) => msg === FAILED)).toMatchObject([
      { level: "error", task: "webhooks" },
    ]);
    const works = async (): Promise<readonly ToldLine[]> =>
      (await toldLines(leader)).slice(before).filter(({ msg }) => msg === WORKS);
    await eventually("it works again", async () => (await works()).length > 0);
    expect(await works()).toEqual([expect.objectContaining({ level: "info", task: "webhooks" })]);
  }, 200_000);

  test("without permission for the Secret and the Lease nobody leads, each says so once, and all goes on", async () => {
    const leaf = await leafInSecret(controlPlane());
    const failures = await failuresFromNow("lease", [first, second]);
    const grant = "rolebinding/portcullis --namespace=portcullis-system";
    const told = await judgedWithout(grant, async () => {
      expect(await leading()).toBe(0);
      expect(await failures()).toBeGreaterThan(2);
      await areGood();
    });
    expectForbidden(told);
    for (const lines of told) expect(lines.map(({ task }) => task)).toContain("lease");
    await eventually("one leads again", async () => (await leading()) === 1);
    expect(await leafInSecret(controlPlane())).toBe(leaf);
  }, 200_000);

  test.each([
    ["ahead", "SIGUSR2", (seconds: number) => seconds],
    ["back", "SIGURG", (seconds: number) => -seconds],
  ] as const)(
    "a clock that jumps %s by more than a leaf's life is one line, and changes nothing",
    async (_, jump, far) => {
      const before = await leafInSecret(controlPlane());
      const [wrong, right] = [await timesTold(first, WRONG_CLOCK), await timesTold(first, RIGHT_CLOCK)];
      try {
        const told = await judgedDuring(
          async () => first.signal(jump),
          async () => {
            expect(far(await skewOf(first))).toBeGreaterThan(399 * DAY_SECONDS);
            expect(await timesTold(first, WRONG_CLOCK)).toBeGreaterThan(wrong);
          },
        );
        const seconds = expect.any(Number);
        expect(told).toEqual([[expect.objectContaining({ level: "warn", msg: WRONG_CLOCK, seconds })], []]);
        expect(await leafInSecret(controlPlane())).toBe(before);
        expect((await first.get("/readyz")).body).toContain("[+]certificate ok");
        expect(Math.abs(await skewOf(second))).toBeLessThan(60);

        await rotate(controlPlane(), "leaf", [first, second]);
        const leaf = new X509Certificate(await leafInSecret(controlPlane()));
        const left = (leaf.validToDate.getTime() - Date.now()) / 1_000;
        expect(left).toBeGreaterThan(89 * DAY_SECONDS);
        expect(left).toBeLessThan(91 * DAY_SECONDS);
        expect((await first.get("/readyz")).status).toBe(200);
        expect(await timesTold(first, RIGHT_CLOCK)).toBe(right);
      } finally {
        first.signal("SIGWINCH");
        await eventually("its clock is right", async () => Math.abs(await skewOf(first)) < 60);
      }
      await eventually("it says so", async () => (await timesTold(first, RIGHT_CLOCK)) > right);
    },
    200_000,
  );

  test("a leader that stood still and goes on beside its successor ends with one leaf that every caller trusts", async () => {
    const [old] = await authorities();
    const [leader, other] = (await leads(first)) ? [first, second] : [second, first];
    const told = await problems();
    // A machine that was suspended knows nothing of the time that has passed. Calls that it has are lost.
    leader.signal("SIGSTOP");
    await eventually("the other leads", () => leads(other));
    await admin.succeed(`annotate ${SECRET} policy.portcullis.dev/rotate=ca`);
    await eventually("the rotation has begun", async () => (await inSecret("next-ca.crt")) !== "");
    leader.signal("SIGCONT");
    await eventually("it does not lead any more", async () => !(await leads(leader)));
    await eventuallyExpected(async () => {
      const [signer] = await authorities();
      expect([signer === old, await admin.stored(SECRET, ROTATE)]).toEqual([false, ""]);
      await areGood();
    }, PATIENCE_MS);
    // Whoever presents a leaf of the old one is trusted for ten minutes more.
    expect(await authorities()).toContain(old);
    expect([await leads(leader), await leads(other)]).toEqual([false, true]);
    // Who was away may find a call of its own lost, and nothing else.
    const others = (await told()).flat().filter((line) => line.code !== "CLUSTER_UNREACHABLE");
    expect(others).toEqual([]);
  }, 300_000);
});
