// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** Certificates of cert-manager itself, by the overlay that is shipped: issued, injected, renewed, and taken over. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { X509Certificate } from "node:crypto";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { run } from "../../src/build/opa/run.ts";
import { mountSecret, renew, startCertManager, untilIssued } from "../cluster/cert-manager.ts";
import { certificatesIn, leafInSecret, presentedAt, textsInSecret } from "../cluster/changes.ts";
import { availableOrReason, controlPlaneForTests } from "../cluster/for-tests.ts";
import { secretVolume } from "../cluster/installation.ts";
import { obtainCertManager } from "../cluster/obtain.ts";
import { PROGRAM } from "../cluster/replica.ts";
import { prepareReplicas, type Replicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { fileOf, NOT_FOUND, person } from "./cluster.ts";
import { installedBundles } from "./good-certificates.ts";
import { SHOP, SHOP_NAMESPACE } from "./objects.ts";
import { BAD_POD, unnoticed } from "./unnoticed.ts";

const programs = await availableOrReason(
  "cert-manager",
  obtainCertManager({ progress: (line) => process.stderr.write(`${line}\n`) }),
);
const { describe: withControlPlane, controlPlane } = await controlPlaneForTests("cert-manager");
const endToEnd = programs.kind === "available" ? withControlPlane : describe.skip;

const admin = person(controlPlane, "admin");
const NAMESPACE = "--namespace=portcullis-system";
const SECRET = `secret/portcullis-tls ${NAMESPACE}`;
const OWN = "validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis";
const INJECT = "cert-manager.io/inject-ca-from=portcullis-system/portcullis-tls";
const INJECTOR = "cert-manager-cainjector";
const BINDINGS = "manifests/components/cert-manager/bindings";
/** A leader looks every 10 s. */
const A_LOOK_MS = 12_000;
/** A kubelet may leave a changed Secret unmounted for a minute, of which this proves as much. */
const UNMOUNTED_MS = 3_000;
/** Of each test, on a machine that does other things. */
const PATIENCE_MS = 180_000;

const Configurations = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        resourceVersion: z.string(),
        managedFields: z.array(z.object({ manager: z.string() })),
      }),
    }),
  ),
});

async function installed(): Promise<z.infer<typeof Configurations>["items"]> {
  return Configurations.parse(
    JSON.parse(await admin.succeed(`get ${OWN} --show-managed-fields --output=json`)),
  ).items;
}

async function versions(): Promise<readonly string[]> {
  return (await installed()).map(({ metadata }) => metadata.resourceVersion);
}

/** That of the Secret. */
async function authority(): Promise<X509Certificate> {
  const [found, ...others] = certificatesIn((await textsInSecret(controlPlane()))["ca.crt"] ?? "");
  if (found === undefined || others.length > 0) throw new Error("The Secret names not one authority.");
  return found;
}

function fingerprint({ fingerprint256 }: X509Certificate): string {
  return fingerprint256;
}

function keyOf({ publicKey }: X509Certificate): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

function trusts(caBundle: string, certificate: X509Certificate): boolean {
  return certificatesIn(caBundle).map(fingerprint).includes(fingerprint(certificate));
}

async function isDenied(): Promise<boolean> {
  const { stderr } = await admin.kubectl("create --dry-run=server --filename=-", BAD_POD);
  return stderr.includes('admission webhook "validate-fail.portcullis.dev" denied the request');
}

endToEnd("an installation with cert-manager", () => {
  let replicas: Replicas;
  let server: ServiceReplica;
  let policies: string;
  /** Of all that was ever the authority, the first first. */
  const authorities: X509Certificate[] = [];

  beforeAll(async () => {
    if (programs.kind === "available") await startCertManager(controlPlane(), programs.value);
    policies = (await buildFolder("policies")).file;
    const installation = { policies, bindings: [BINDINGS], certManager: true, keepWebhooks: true };
    replicas = await prepareReplicas(controlPlane(), installation);
    server = await replicas.start();
    await server.ready();
    authorities.push(await authority());
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
  }, PATIENCE_MS);

  function at(): Parameters<typeof unnoticed>[1] {
    return { controlPlane: controlPlane(), replicas };
  }

  /** Resolves when it is presented to everybody, and trusted. */
  async function mounted(): Promise<void> {
    await mountSecret(controlPlane(), secretVolume(controlPlane()));
    const [leaf, bundles] = await Promise.all([
      leafInSecret(controlPlane()),
      installedBundles(controlPlane()),
    ]);
    const { admissionPort: port } = server;
    for (const bundle of new Set(bundles))
      await eventually("the new leaf is presented", async () => (await presentedAt(port, bundle)) === leaf);
  }

  async function trustsAll(): Promise<void> {
    await eventually("every entry trusts every authority so far", async () =>
      (await installedBundles(controlPlane())).every((bundle) =>
        authorities.every((each) => trusts(bundle, each)),
      ),
    );
  }

  async function doctor(): Promise<readonly string[]> {
    const service = `--service=portcullis-system/portcullis:${replicas.port}`;
    const sources = [`--policies=${policies}`, `--bindings=${path.resolve(BINDINGS)}`];
    const cluster = `--kubeconfig=${controlPlane().kubeconfig()}`;
    const { code, stdout, stderr } = await run(
      process.execPath,
      [...PROGRAM, "doctor", service, ...sources, cluster, "--output=json"],
      { environment: { ...process.env, NO_COLOR: "1" } },
    );
    if (code !== 0) throw new Error(`${stderr}${stdout}`);
    const { checks } = Report.parse(JSON.parse(stdout));
    return checks.flatMap(({ findings }) => findings.map(({ id }) => id));
  }

  test("presents what cert-manager has issued, and may not read it as a Secret", async () => {
    expect(await presentedAt(server.admissionPort)).toBe(await leafInSecret(controlPlane()));
    const { stdout } = await admin.kubectl(
      `auth can-i get ${SECRET} --as=system:serviceaccount:portcullis-system:portcullis`,
    );
    expect(stdout.trim()).toBe("no");
  });

  test(
    "decides by the webhooks of the overlay, whose caBundle cert-manager fills in, and leaves them alone",
    async () => {
      const webhooks = await admin.succeed(
        `kustomize ${path.resolve("manifests/overlays/cert-manager/webhooks")}`,
      );
      const here = webhooks.replaceAll("port: 8443", `port: ${replicas.port}`);
      await admin.succeed("apply --server-side --filename=-", here);
      await trustsAll();
      await eventually("a bad Pod is denied", isDenied);
      const before = await versions();
      await delay(A_LOOK_MS);
      expect(await versions()).toEqual(before);
      const kept = 'portcullis_webhooks_kept{kind="ValidatingWebhookConfiguration"}';
      expect((await server.metrics()).get(kept)).toBe(0);
      // What was applied by somebody else is somebody else's to keep.
      expect(new Set(await doctor())).toEqual(new Set(["webhooks-not-kept"]));
      await admin.succeed(`delete ${OWN}`);
    },
    PATIENCE_MS,
  );

  test(
    "is installed by Portcullis, and cert-manager takes over caBundle when it is asked",
    async () => {
      expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
      await admin.succeed(`annotate ${OWN} ${INJECT}`);
      await eventually("cert-manager has written", async () =>
        (await installed()).every(({ metadata }) =>
          metadata.managedFields.some(({ manager }) => manager === INJECTOR),
        ),
      );
      expect(await isDenied()).toBe(true);
      expect(await doctor()).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    "keeps what it installed beside cert-manager without a fight",
    async () => {
      const patch = [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }];
      await admin.succeed(
        `patch validatingwebhookconfiguration portcullis --type=json --patch-file=${await fileOf("patch", patch)}`,
      );
      await eventually(
        "it is put back",
        async () =>
          (await admin.stored(
            "validatingwebhookconfiguration/portcullis",
            "{.webhooks[0].failurePolicy}",
          )) === "Fail",
      );
      await trustsAll();
      const before = await versions();
      await delay(A_LOOK_MS);
      expect(await versions()).toEqual(before);
    },
    PATIENCE_MS,
  );

  test(
    "does not notice that the certificate is renewed",
    async () => {
      await unnoticed("renewed", at(), async () => {
        await renew(controlPlane(), "portcullis-tls");
        await delay(UNMOUNTED_MS);
        await mounted();
      });
      expect([await authority()].map(fingerprint)).toEqual(authorities.map(fingerprint));
    },
    PATIENCE_MS,
  );

  test.each([
    ["is renewed with its key", () => renew(controlPlane(), "portcullis-ca"), 1],
    [
      "gets another key",
      async () => {
        await admin.succeed(`delete secret portcullis-ca ${NAMESPACE}`);
        await untilIssued(controlPlane(), "portcullis-ca", 3);
      },
      2,
    ],
  ])(
    "does not notice that the authority %s",
    async (what, change, keys) => {
      await unnoticed(`the authority ${what}`, at(), async () => {
        await change();
        await renew(controlPlane(), "portcullis-tls");
        authorities.push(await authority());
        await trustsAll();
        await delay(UNMOUNTED_MS);
        await mounted();
      });
      expect(new Set(authorities.map(fingerprint)).size).toBe(authorities.length);
      expect(new Set(authorities.map(keyOf)).size).toBe(keys);
    },
    PATIENCE_MS,
  );

  test(
    "is installed anew while cert-manager injects",
    async () => {
      for (const args of [["--failure-policy-ignore"], []])
        expect(await replicas.applyWebhooks(args)).toMatchObject({ code: 0 });
      await trustsAll();
      expect(await isDenied()).toBe(true);
      expect(await doctor()).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    "gets another certificate where the Secret was deleted",
    async () => {
      const before = await leafInSecret(controlPlane());
      await unnoticed("the Secret was deleted", at(), async () => {
        await admin.succeed(`delete ${SECRET}`);
        await admin.succeed(`wait --for=create ${SECRET}`);
        await mounted();
      });
      expect(await leafInSecret(controlPlane())).not.toBe(before);
    },
    PATIENCE_MS,
  );

  test(
    "is taken out of the cluster whole",
    async () => {
      const { code, stdout, stderr } = await run(
        process.execPath,
        [...PROGRAM, "uninstall", `--kubeconfig=${controlPlane().kubeconfig()}`],
        { environment: { ...process.env, NO_COLOR: "1" } },
      );
      expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
      expect(await admin.kubectl("get namespace portcullis-system")).toMatchObject(NOT_FOUND);
    },
    PATIENCE_MS,
  );
});

const Report = z.object({
  checks: z.array(z.object({ findings: z.array(z.object({ id: z.string() })) })),
});
