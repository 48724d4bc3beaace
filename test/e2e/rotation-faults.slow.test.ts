// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Rotations by a leader whose clock is wrong, and by two replicas that both believe to lead. */
import { beforeAll, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { leafInSecret, presentedAt, rotate } from "../cluster/changes.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { person } from "./cluster.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("faults of rotations");
const admin = person(controlPlane, "admin");

const SECRET = "secret/portcullis-tls --namespace=portcullis-system";
const ROTATE = "{.metadata.annotations.policy\\.portcullis\\.dev/rotate}";
const { href: CLOCK } = new URL("../cluster/jumping-clock.ts", import.meta.url);
const DAY_SECONDS = 24 * 60 * 60;

/** The certificates of a PEM text. */
function certificatesIn(pem: string): readonly X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (each) => new X509Certificate(each),
  );
}

/** What the Secret tells callers to trust. */
async function authorities(): Promise<readonly X509Certificate[]> {
  return certificatesIn(Buffer.from(await admin.stored(SECRET, "{.data.ca\\.crt}"), "base64").toString());
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

async function logged(replica: ServiceReplica, message: string): Promise<number> {
  return (await replica.log()).split(`"msg":"${message}`).length - 1;
}

endToEnd("replicas that manage their certificates", () => {
  let replicas: Replicas;
  let first: ServiceReplica;
  let second: ServiceReplica;

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
  }, 120_000);

  test("go by the API server's clock: one that jumps ahead by more than a leaf's life is told once, and changes nothing", async () => {
    const before = await leafInSecret(controlPlane());
    first.signal("SIGUSR2");
    const skew = async (): Promise<number> =>
      (await first.metrics()).get("portcullis_clock_skew_seconds") ?? Number.NaN;
    await eventually("the clock is seen to be wrong", async () => (await skew()) > 399 * DAY_SECONDS);
    expect(await leafInSecret(controlPlane())).toBe(before);
    expect((await first.get("/readyz")).body).toContain("[+]certificate ok");
    expect((await second.metrics()).get("portcullis_clock_skew_seconds")).toBeLessThan(60);

    await rotate(controlPlane(), "leaf", [first, second]);
    const leaf = new X509Certificate(await leafInSecret(controlPlane()));
    const left = (leaf.validToDate.getTime() - Date.now()) / 1_000;
    expect(left).toBeGreaterThan(89 * DAY_SECONDS);
    expect(left).toBeLessThan(91 * DAY_SECONDS);
    expect((await first.get("/readyz")).status).toBe(200);
    const told = (): Promise<number> => logged(first, "the clock of this machine is not the API server's");
    await eventually("the wrong clock is told", async () => (await told()) > 0);
    expect(await told()).toBe(1);
    expect(await leads(first)).toBe(true);
  });

  test("end with one leaf that every caller trusts when a leader that stood still goes on beside its successor", async () => {
    const [old] = await authorities();
    // A machine that was suspended knows nothing of the time that has passed.
    first.signal("SIGSTOP");
    await eventually("the other leads", () => leads(second));
    await admin.succeed(`annotate ${SECRET} policy.portcullis.dev/rotate=ca`);
    await eventually("the rotation has begun", async () => (await authorities()).length === 2);
    first.signal("SIGCONT");
    await eventually("it does not lead any more", async () => !(await leads(first)));
    await eventually("the rotation is done", async () => {
      const [signer] = await authorities();
      return signer?.fingerprint256 !== old?.fingerprint256 && (await admin.stored(SECRET, ROTATE)) === "";
    });
    const trusted = await authorities();
    expect(trusted).toHaveLength(2);
    const leaf = await leafInSecret(controlPlane());
    for (const { admissionPort } of [first, second])
      await eventually("it is presented", async () => (await presentedAt(admissionPort)) === leaf);
    const issued = new X509Certificate(leaf);
    for (const bundle of await installedBundles())
      expect(bundle.some(({ publicKey }) => issued.verify(publicKey))).toBe(true);
    expect([await leads(first), await leads(second)]).toEqual([false, true]);
  });
});
