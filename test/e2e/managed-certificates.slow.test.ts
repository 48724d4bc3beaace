// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Servers that issue their own certificates, with the permissions that are shipped. */
import { beforeAll, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { z } from "zod";
import { readPem } from "../../src/certificates/authority.ts";
import { createAuthority } from "../../src/certificates/certificate.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { HOST } from "../cluster/flags.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { buildFolder } from "../policy-folder.ts";
import { EXCLUSIONS, fileOf, person } from "./cluster.ts";
import { pod, SHOP_NAMESPACE } from "./objects.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("managed certificates");
const admin = person(controlPlane, "admin");

const SERVER = "portcullis.portcullis-system.svc";
const SECRET = "secret/portcullis-tls --namespace=portcullis-system";
const Secret = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  data: z.record(z.string(), z.string()),
});

async function secret(): Promise<z.infer<typeof Secret>> {
  const { metadata, data } = Secret.parse(JSON.parse(await admin.succeed(`get ${SECRET} --output=json`)));
  const texts = Object.entries(data).map(
    ([key, text]) => [key, Buffer.from(text, "base64").toString()] as const,
  );
  return { metadata, data: Object.fromEntries<string>(texts) };
}

async function edit(stringData: Readonly<Record<string, string>>): Promise<void> {
  const file = await fileOf("patch.json", { stringData });
  await admin.succeed(`patch ${SECRET} --type=merge --patch-file=${file}`);
}

/** What a replica presents, as the API server asks for it. */
async function presented({ admissionPort: port }: ServiceReplica): Promise<X509Certificate> {
  const socket = connect({ host: HOST, port, servername: SERVER, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  if (certificate === undefined) throw new Error("no certificate");
  return certificate;
}

/** The PEM bundles that callers trust. */
async function trusted(): Promise<readonly string[]> {
  const bundles = await Promise.all(
    ["validating", "mutating"].map((kind) =>
      admin.stored(`${kind}webhookconfiguration/portcullis`, "{.webhooks[*].clientConfig.caBundle}"),
    ),
  );
  return bundles.flatMap((all) => all.split(" ")).map((text) => Buffer.from(text, "base64").toString());
}

/** A leader looks every 10 s and lets an authority spread for 30 s; a machine that does other things is slower. */
const PATIENCE = 120_000;

async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (const end = performance.now() + PATIENCE; ; await delay(250)) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

/** The API server's own word: it asks by TLS. */
async function isAsked(): Promise<void> {
  const bad = pod("web", { container: { securityContext: { privileged: true } } });
  const { code, stderr } = await admin.kubectl("create --dry-run=server --filename=-", bad);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("denied the request") });
}

endToEnd("two servers that begin at the same moment", () => {
  let replicas: Replicas;
  let both: readonly ServiceReplica[];

  /** Both present the leaf of the Secret, and it comes from what every caller trusts. */
  async function isGood(): Promise<void> {
    const { data } = await secret();
    const leaf = new X509Certificate(data["tls.crt"] ?? "");
    const seen = await Promise.all(both.map(presented));
    expect(seen.map(({ fingerprint256 }) => fingerprint256)).toEqual(both.map(() => leaf.fingerprint256));
    for (const bundle of await trusted()) {
      const { authorities } = readPem(bundle);
      expect(authorities.some(({ x509 }) => leaf.checkIssued(x509) && leaf.verify(x509.publicKey))).toBe(
        true,
      );
    }
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
  }, 180_000);

  test("end with one Secret and the same leaf, and the webhooks are installed by its authority", async () => {
    const { data } = await secret();
    expect(Object.keys(data).toSorted()).toEqual(["ca.crt", "ca.key", "tls.crt", "tls.key"]);
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    await isGood();
    await isAsked();
  });

  test.each<[string, () => Promise<Readonly<Record<string, string>>>]>([
    ["a Secret edited by hand", async () => ({ "tls.crt": "see the vault" })],
    ["half a pair", async () => ({ "tls.key": (await secret()).data["ca.key"] ?? "" })],
    [
      "an authority that does not match",
      async () => ({ "ca.crt": (await createAuthority("stranger", 9, new Date())).cert }),
    ],
    ["an authority without its key", async () => ({ "ca.key": "lost" })],
  ])(
    "%s is mended, and the last good pair is served meanwhile",
    async (_name, damage) => {
      const before = await secret();
      const served = await presented(both[0] ?? (await replicas.start()));
      await edit(await damage());
      await isAsked();
      const bundles = (await trusted()).map((bundle) => readPem(bundle).authorities);
      // Whatever is presented now, callers trust it.
      for (const replica of both) {
        const now = await presented(replica);
        expect(
          now.fingerprint256 === served.fingerprint256 ||
            bundles.every((bundle) => bundle.some(({ x509 }) => now.verify(x509.publicKey))),
        ).toBe(true);
      }
      await eventually(async () => {
        const { data } = await secret();
        expect(readPem(data["ca.crt"] ?? "").authorities.length).toBeGreaterThan(0);
        expect(data["next-ca.key"]).toBeUndefined();
        expect(data["tls.key"]).toContain("PRIVATE KEY");
        expect(data["ca.key"]).toContain("PRIVATE KEY");
        expect(data).not.toEqual({ ...before.data, ...(await damage()) });
        await isGood();
      });
      await isAsked();
    },
    180_000,
  );

  test("who asks for it gets a new leaf, and then a new authority", async () => {
    const before = await secret();
    await admin.succeed(`annotate ${SECRET} policy.portcullis.dev/rotate=leaf`);
    await eventually(async () => {
      const { metadata, data } = await secret();
      expect(data["tls.crt"]).not.toBe(before.data["tls.crt"]);
      expect([metadata.annotations, data["ca.key"]]).toEqual([{}, before.data["ca.key"]]);
      await isGood();
    });
    await admin.succeed(`annotate ${SECRET} policy.portcullis.dev/rotate=ca`);
    await eventually(async () => {
      const { metadata, data } = await secret();
      expect(data["ca.key"]).not.toBe(before.data["ca.key"]);
      expect(metadata.annotations).toEqual({});
      await isGood();
    });
    await isAsked();
  }, 240_000);
});
