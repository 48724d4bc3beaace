// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Servers that issue their own certificates, with the permissions that are shipped. */
import { beforeAll, expect, test } from "@jest/globals";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  createAuthority,
  createServerCertificate,
  type KeyPair,
} from "../../src/certificates/certificate.ts";
import { LINGER } from "../../src/certificates/next-step.ts";
import {
  certificatesIn,
  presentedAt,
  restartAll,
  rotate,
  SERVER_NAME,
  textsInSecret,
} from "../cluster/changes.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually, eventuallyExpected } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { EXCLUSIONS, fileOf, person } from "./cluster.ts";
import { EXPIRY, isAlerting } from "./expiry-alert.ts";
import { expectGoodCertificates, fingerprintsIn, installedBundles } from "./good-certificates.ts";
import { SHOP_NAMESPACE } from "./objects.ts";
import { DENIED, REJECTED, saidOfBadPod } from "./uninstallation.ts";
import { unnoticed } from "./unnoticed.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("managed certificates");
const admin = person(controlPlane, "admin");

const DAY_MS = 24 * 60 * 60 * 1_000;
const SERVER_NAMES = { dns: [SERVER_NAME], ip: [] } as const;
const SECRET = "secret/portcullis-tls --namespace=portcullis-system";
const ROLE = "role/portcullis --namespace=portcullis-system";
const MAY_RENEW = `auth can-i patch ${SECRET} --as=system:serviceaccount:portcullis-system:portcullis`;
const ROTATE = "policy.portcullis.dev/rotate";
/** Longer than the server fails its readiness before the end, and than a busy machine takes to take it over. */
const SHORT_LIFE_MS = 90_000;

/** A leader looks every 10 s and lets an authority spread for 30 s; a machine that does other things is slower. */
const PATIENCE_MS = 120_000;
const LIMIT_MS = 300_000;

async function edit(stringData: Readonly<Record<string, string>>): Promise<void> {
  const file = await fileOf("patch.json", { stringData });
  await admin.succeed(`patch ${SECRET} --type=merge --patch-file=${file}`);
}

async function present({ cert, key }: KeyPair): Promise<void> {
  await edit({ "tls.crt": cert, "tls.key": key });
}

/** Who signs by what the Secret says. */
async function signer(): Promise<KeyPair> {
  const { "ca.crt": authorities = "", "ca.key": key = "" } = await textsInSecret(controlPlane());
  const [first] = certificatesIn(authorities);
  if (first === undefined) throw new Error("The Secret names no authority.");
  return { cert: first.toString(), key };
}

endToEnd("two servers that begin at the same moment", () => {
  let replicas: Replicas;
  let both: readonly ServiceReplica[];

  async function areGood(): Promise<void> {
    await expectGoodCertificates(controlPlane(), both);
  }

  beforeAll(async () => {
    const policies = (await buildFolder("policies")).file;
    const bindings = [await fileOf("exclusions.yaml", EXCLUSIONS)];
    replicas = await prepareReplicas(controlPlane(), {
      policies,
      bindings,
      manageCertificates: true,
      keepWebhooks: true,
    });
    both = await Promise.all([replicas.start(), replicas.start()]);
    await Promise.all(both.map((replica) => replica.ready()));
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed("wait --for=create serviceaccount/default --namespace=shop");
  }, LIMIT_MS);

  test("end with one Secret and the same leaf, and the webhooks are installed by its authority", async () => {
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await areGood();
    expect(await saidOfBadPod(admin)).toContain(DENIED);
  });

  test.each([
    ["leaf", true],
    ["ca", false],
  ])(
    "who asks for another %s gets it, and has asked no more",
    async (what, isSameSigner) => {
      const before = await textsInSecret(controlPlane());
      await admin.succeed(`annotate ${SECRET} ${ROTATE}=${what}`);
      await eventuallyExpected(async () => {
        const now = await textsInSecret(controlPlane());
        expect(now["tls.crt"]).not.toBe(before["tls.crt"]);
        expect(now["ca.key"] === before["ca.key"]).toBe(isSameSigner);
        expect(await admin.stored(SECRET, "{.metadata.annotations}")).toBe("");
        await areGood();
      }, PATIENCE_MS);
      expect(await saidOfBadPod(admin)).toContain(DENIED);
    },
    LIMIT_MS,
  );

  test(
    "trust an old authority no more once the leaf of the new one is ten minutes old, also after a change of leaders; nobody notices",
    async () => {
      await unnoticed(
        "another authority, until the old one is gone",
        { controlPlane: controlPlane(), replicas },
        async () => {
          const old = fingerprintsIn((await signer()).cert);
          await rotate(controlPlane(), "ca", both);
          expect(fingerprintsIn((await textsInSecret(controlPlane()))["ca.crt"] ?? "")).toEqual(
            expect.arrayContaining([...old]),
          );
          // What time would do: the next leader goes by the age of the leaf.
          const then = new Date(Date.now() - LINGER);
          await present(await createServerCertificate(SERVER_NAMES, 90, await signer(), then));
          await eventuallyExpected(areGood, PATIENCE_MS);
          both = await restartAll(replicas, both);
          await eventuallyExpected(async () => {
            const { "ca.crt": authorities = "" } = await textsInSecret(controlPlane());
            expect(fingerprintsIn(authorities)).toEqual(fingerprintsIn((await signer()).cert));
            await areGood();
          }, PATIENCE_MS);
        },
      );
    },
    LIMIT_MS,
  );

  test(
    "are not ready any more before a certificate expires that nobody may renew, say so by metric and alert, and are healed by a rotation",
    async () => {
      const short = await createAuthority("short-lived", SHORT_LIFE_MS / DAY_MS, new Date());
      const end = Date.now() + SHORT_LIFE_MS;
      const { "ca.crt": authorities = "" } = await textsInSecret(controlPlane());
      await edit({ "ca.crt": `${authorities}${short.cert}` });
      const [shortLived = ""] = fingerprintsIn(short.cert);
      await eventuallyExpected(async () => {
        for (const bundle of await installedBundles(controlPlane()))
          expect(fingerprintsIn(bundle)).toContain(shortLived);
      });
      expect(await isAlerting(both)).toBe(false);
      // Whoever leads may look at the Secret, and no more.
      const role = await admin.succeed(`get ${ROLE} --output=json`);
      await admin.succeed("replace --filename=-", role.replaceAll('"patch"', '"get"'));
      await eventually("nobody may renew it", async () => (await admin.kubectl(MAY_RENEW)).code !== 0);
      const left = (end - Date.now()) / DAY_MS;
      const leaf = await createServerCertificate(SERVER_NAMES, left, short, new Date());
      await present(leaf);
      for (const { admissionPort } of both)
        await eventually("it is presented", async () =>
          fingerprintsIn(await presentedAt(admissionPort, short.cert)).includes(
            fingerprintsIn(leaf.cert)[0] ?? "",
          ),
        );
      expect(await saidOfBadPod(admin)).toContain(DENIED);
      expect(await isAlerting(both)).toBe(true);
      for (const replica of both) {
        await eventually("readiness fails", async () => (await replica.get("/readyz")).status === 503);
        await eventually("it is no endpoint", () => !replica.isEndpoint());
      }
      expect(Date.now()).toBeLessThan(end);
      await delay(end - Date.now() + 1_000);
      for (const replica of both) {
        // It goes by the API server's clock, which it knows to about a second.
        await eventuallyExpected(async () => {
          const { status, body } = await replica.get("/readyz");
          expect([status, body]).toEqual([
            503,
            expect.stringMatching(/^\[-\]certificate failed: .*expired/m),
          ]);
        });
        expect((await replica.metrics()).get(EXPIRY)).toBeLessThan(Date.now() / 1_000);
      }
      const said = await saidOfBadPod(admin);
      // On a connection that was kept it is still judged; a new one is not made.
      expect([DENIED, REJECTED].some((each) => said.includes(each))).toBe(true);
      const overlay = path.resolve("manifests/overlays/local");
      await admin.succeed(`apply --server-side --force-conflicts --kustomize=${overlay}`);
      await admin.succeed(`annotate ${SECRET} ${ROTATE}=leaf`);
      await eventuallyExpected(areGood, PATIENCE_MS);
      for (const replica of both) await eventually("it is an endpoint again", () => replica.isEndpoint());
      expect(await isAlerting(both)).toBe(false);
      expect(await saidOfBadPod(admin)).toContain(DENIED);
    },
    LIMIT_MS,
  );
});
