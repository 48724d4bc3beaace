// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** The certificate of one replica is not renewed until it has expired: the Service does without that replica meanwhile. */
import { beforeAll, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  createAuthority,
  createServerCertificate,
  type KeyPair,
} from "../../src/certificates/certificate.ts";
import { presentedAt, SERVER_NAME } from "../cluster/changes.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually, eventuallyExpected } from "../life/life.ts";
import { mountVolume } from "../mounted-volume.ts";
import { buildFolder, temporaryFolder } from "../policy-folder.ts";
import { person } from "./cluster.ts";
import { EXPIRY, isAlerting } from "./expiry-alert.ts";
import { SHOP, SHOP_NAMESPACE } from "./objects.ts";
import { unnoticed } from "./unnoticed.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("a certificate that expires");
const admin = person(controlPlane, "admin");

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Longer than the server fails its readiness before the end, and than a busy machine takes to install and mount it. */
const SHORT_LIFE_MS = 70_000;

/** A mounted Secret, and the server that has it. */
interface Mounted {
  readonly folder: string;
  readonly replica: ServiceReplica;
}

function mount(folder: string, { cert, key }: KeyPair): Promise<void> {
  return mountVolume(folder, { "tls.crt": cert, "tls.key": key });
}

function issue(by: KeyPair, milliseconds: number): Promise<KeyPair> {
  const names = { dns: [SERVER_NAME], ip: [] } as const;
  return createServerCertificate(names, milliseconds / DAY_MS, by, new Date());
}

endToEnd("a replica whose certificate expires", () => {
  let authority: KeyPair;
  /** Of the certificate that expires, with which it ends. */
  let shortLived: KeyPair;
  let replicas: Replicas;
  let good: Mounted;
  let bad: Mounted;

  async function startMounted(): Promise<Mounted> {
    const folder = await temporaryFolder();
    await mount(folder, await issue(authority, 9 * DAY_MS));
    const args = [`--cert=${path.join(folder, "tls.crt")}`, `--key=${path.join(folder, "tls.key")}`];
    return { folder, replica: await replicas.start({ args }) };
  }

  beforeAll(async () => {
    authority = await createAuthority("test CA", 9, new Date());
    const policies = (await buildFolder("policies")).file;
    replicas = await prepareReplicas(controlPlane(), { policies, bindings: [] });
    good = await startMounted();
    bad = await startMounted();
    for (const { replica } of [good, bad]) await replica.ready();
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
    // From here on its time runs.
    shortLived = await createAuthority("short-lived test CA", SHORT_LIFE_MS / DAY_MS, new Date());
    const trusted = path.join(await temporaryFolder(), "ca.crt");
    await writeFile(trusted, `${authority.cert}${shortLived.cert}`);
    expect(await replicas.applyWebhooks([`--ca-file=${trusted}`])).toMatchObject({ code: 0 });
  }, 120_000);

  test("leaves the Service before that, is told by metric and alert, and comes back renewed; nobody's write fails", async () => {
    const both = [good.replica, bad.replica];
    const { admissionPort: port } = bad.replica;
    expect(await isAlerting(both)).toBe(false);
    await unnoticed("a certificate that expires", { controlPlane: controlPlane(), replicas }, async () => {
      const end = new X509Certificate(shortLived.cert).validToDate.getTime();
      await mount(bad.folder, await issue(shortLived, end - Date.now()));
      await eventually("the alert fires", () => isAlerting(both));
      await presentedAt(port, shortLived.cert);
      await eventually("readiness fails", async () => (await bad.replica.get("/readyz")).status === 503);
      await eventually("it is no endpoint", () => !bad.replica.isEndpoint());
      expect(Date.now()).toBeLessThan(end);
      await delay(end - Date.now() + 1_000);
      // It goes by the API server's clock, which it knows to about a second.
      await eventuallyExpected(async () => {
        const { status, body } = await bad.replica.get("/readyz");
        expect([status, body]).toEqual([503, expect.stringMatching(/^\[-\]certificate failed: .*expired/m)]);
      });
      expect((await bad.replica.metrics()).get(EXPIRY)).toBeLessThan(Date.now() / 1_000);
      expect((await bad.replica.get("/livez")).status).toBe(200);
      await expect(presentedAt(port, shortLived.cert)).rejects.toThrow("certificate has expired");
      await mount(bad.folder, await issue(authority, 9 * DAY_MS));
      await eventually("it is an endpoint again", () => bad.replica.isEndpoint());
    });
    await presentedAt(port, authority.cert);
    expect(await isAlerting(both)).toBe(false);
  }, 300_000);
});
