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
import { leafInSecret, presentedAt, rotate } from "../cluster/changes.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { sender, startLoad, type Load } from "../cluster/load.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { toldLines, type ToldLine } from "../cluster/told-lines.ts";
import { eventually } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { fileOf, person } from "./cluster.ts";
import { pod, SHOP, SHOP_NAMESPACE } from "./objects.ts";

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
const WORKS = "a task of the leader works again";

/** The certificates of a PEM text. */
function certificatesIn(pem: string): readonly X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (each) => new X509Certificate(each),
  );
}

async function inSecret(key: string): Promise<string> {
  const data = await admin.stored(SECRET, `{.data.${key.replaceAll(".", "\\.")}}`);
  return Buffer.from(data, "base64").toString();
}

/** What the Secret tells callers to trust. */
async function authorities(): Promise<readonly X509Certificate[]> {
  return certificatesIn(await inSecret("ca.crt"));
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

/** The caBundle of every entry that is installed. */
async function installedBundles(): Promise<readonly (readonly X509Certificate[])[]> {
  const kinds = "validatingwebhookconfigurations/portcullis mutatingwebhookconfigurations/portcullis";
  const bundles = await admin.stored(kinds, "{.items[*].webhooks[*].clientConfig.caBundle}");
  return bundles.split(" ").map((each) => certificatesIn(Buffer.from(each, "base64").toString()));
}

async function leads(replica: ServiceReplica): Promise<boolean> {
  return (await replica.metrics()).get("portcullis_leader") === 1;
}

async function counted(replica: ServiceReplica, series: string): Promise<number> {
  return (await replica.metrics()).get(series) ?? Number.NaN;
}

/** Every replica presents the leaf of the Secret, which is as it should be and comes from what every caller trusts. */
async function isGood(replicas: readonly ServiceReplica[]): Promise<boolean> {
  // It may be gone for a moment.
  const pem = await leafInSecret(controlPlane()).catch(() => "");
  if (pem === "" || (await inSecret("next-ca.key")) !== "") return false;
  const presented = await Promise.all(replicas.map(({ admissionPort }) => presentedAt(admissionPort)));
  if (!presented.every((each) => each === pem)) return false;
  const leaf = certificatesIn(pem)[0];
  const bundles = await installedBundles();
  return bundles.every((bundle) => bundle.some(({ publicKey }) => leaf?.verify(publicKey) === true));
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
    const object = pod("bad", { container: { securityContext: { privileged: true } } });
    const create = { path: `/api/v1/namespaces/${SHOP}/pods`, object, expected: 403 };
    await eventually("it is denied", async () => (await send(create, 0)).failure === undefined);
    load = startLoad(send, [create], { perSecond: 10 });
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
    over: () => Promise<boolean>,
  ): Promise<readonly (readonly ToldLine[])[]> {
    const begin = performance.now();
    const told = await problems();
    await fault();
    await eventually("it is over", over);
    // What fails slowly has failed, too.
    await load.answered();
    const attempts = load.attempts.filter(({ due }) => due >= begin);
    expect(attempts.length).toBeGreaterThan(0);
    expect(attempts.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect((await Promise.all([first, second].map((each) => each.log()))).join("")).not.toContain(
      "PRIVATE KEY",
    );
    return told();
  }

  test.each<readonly [string, string, () => Promise<unknown>]>([
    ["a Secret edited by hand", "leaf-unusable", () => edit({ "tls.crt": "see the vault" })],
    ["half a key pair", "leaf-missing", () => edit({ "tls.key": "" })],
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
      const told = await during(damage, async () => {
        return (await counted(first, series)) === before + 1 && (await isGood([first, second]));
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
    120_000,
  );

  test("a caBundle that somebody has emptied is put back in one line", async () => {
    const series = "portcullis_webhook_corrections_total";
    const before = await counted(first, series);
    // The API server refuses none of these requests: the mutating webhooks are under Ignore.
    const told = await during(
      () =>
        patch(VALIDATING.replace("validating", "mutating"), {
          op: "remove",
          path: "/webhooks/0/clientConfig/caBundle",
        }),
      async () => (await counted(first, series)) === before + 1 && (await isGood([first, second])),
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
    const told = await during(
      () => admin.succeed(`delete ${LEASE}`),
      async () => (await admin.kubectl(`get ${LEASE}`)).code === 0,
    );
    expect(told).toEqual([[], []]);
    const spec = { holderIdentity: "somebody", leaseDurationSeconds: 2 ** 31 - 1 };
    const taken = await during(
      () => admin.succeed(`patch ${LEASE} --type=merge --patch=${JSON.stringify({ spec })}`),
      async () =>
        (await admin.stored(LEASE, "{.spec.holderIdentity}")) !== "somebody" &&
        ((await leads(first)) || (await leads(second))),
    );
    expect(taken).toEqual([[], []]);
  });

  test("missing permissions are one line for each task, every remark, and one line when they are back", async () => {
    const leader = (await leads(first)) ? first : second;
    const failures = 'portcullis_leader_failures_total{task="webhooks"}';
    const before = (await toldLines(leader)).length;
    const told = await during(
      () => admin.succeed("delete clusterrolebinding/portcullis"),
      async () => (await counted(leader, failures)) > 4,
    );
    const { body } = await leader.get("/readyz?verbose");
    await admin.succeed(`apply --server-side --kustomize=${path.resolve("manifests/overlays/local")}`);
    for (const lines of told) {
      const what = lines.map(({ task, resource }) => task ?? resource);
      expect(what).toEqual([...new Set(what)]);
    }
    for (const { code, remedy } of told.flat()) {
      expect(code).toBe("CLUSTER_FORBIDDEN");
      expect(remedy).toContain("Apply the manifests of Portcullis again");
    }
    expect(told.flat().filter(({ msg }) => msg === FAILED)).toMatchObject([
      { level: "error", task: "webhooks" },
    ]);
    expect(body).toMatch(/^\[-\]leader failed \(does not count\): webhooks: /m);
    const works = async (): Promise<readonly ToldLine[]> =>
      (await toldLines(leader)).slice(before).filter(({ msg }) => msg === WORKS);
    await eventually("it works again", async () => (await works()).length > 0);
    expect(await works()).toEqual([expect.objectContaining({ level: "info", task: "webhooks" })]);
  }, 120_000);

  test("a clock that jumps ahead by more than a leaf's life is one line, and changes nothing", async () => {
    const skew = (): Promise<number> => counted(first, "portcullis_clock_skew_seconds");
    const before = await leafInSecret(controlPlane());
    const seconds = expect.any(Number);
    const msg = "the clock of this machine is not the API server's; that of the API server counts";
    const told = await during(
      async () => first.signal("SIGUSR2"),
      async () =>
        (await skew()) > 399 * DAY_SECONDS && (await toldLines(first)).some((line) => line.msg === msg),
    );
    expect(told).toEqual([[expect.objectContaining({ level: "warn", msg, seconds })], []]);
    expect(await leafInSecret(controlPlane())).toBe(before);
    expect((await first.get("/readyz")).body).toContain("[+]certificate ok");
    expect(await counted(second, "portcullis_clock_skew_seconds")).toBeLessThan(60);

    await rotate(controlPlane(), "leaf", [first, second]);
    const leaf = new X509Certificate(await leafInSecret(controlPlane()));
    const left = (leaf.validToDate.getTime() - Date.now()) / 1_000;
    expect(left).toBeGreaterThan(89 * DAY_SECONDS);
    expect(left).toBeLessThan(91 * DAY_SECONDS);
    expect((await first.get("/readyz")).status).toBe(200);
  });

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
    await eventually("the rotation is done", async () => {
      const [signer] = await authorities();
      return signer?.fingerprint256 !== old?.fingerprint256 && (await admin.stored(SECRET, ROTATE)) === "";
    });
    // Whoever presents a leaf of the old one is trusted for ten minutes more.
    const after = (await authorities()).map(({ fingerprint256 }) => fingerprint256);
    expect(after).toContain(old?.fingerprint256);
    await eventually("it is presented and trusted", () => isGood([first, second]));
    expect([await leads(leader), await leads(other)]).toEqual([false, true]);
    // Who was away may find a call of its own lost, and nothing else.
    const others = (await told()).flat().filter((line) => line.code !== "CLUSTER_UNREACHABLE");
    expect(others).toEqual([]);
  }, 180_000);
});
