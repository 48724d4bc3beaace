/** What the tests of certificates that Portcullis keeps hold to be good. */
import { expect } from "@jest/globals";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";
import { certificatesIn, presentedAt, textsInSecret } from "../cluster/changes.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import type { Replica } from "../cluster/replica.ts";
import { person } from "./cluster.ts";

const CONFIGURATIONS = "validatingwebhookconfigurations/portcullis mutatingwebhookconfigurations/portcullis";
/** While another authority waits, there are more. */
const KEYS = ["ca.crt", "ca.key", "tls.crt", "tls.key"];

const Entry = z.object({ clientConfig: z.object({ caBundle: z.base64().default("") }) });
const Configurations = z.object({ items: z.array(z.object({ webhooks: z.array(Entry).min(1) })) });

/**
 * The caBundle of every entry of both configurations, in PEM; "" for an entry without one. Rejects if a configuration is
 * missing or has no entry.
 */
export async function installedBundles(controlPlane: ControlPlane): Promise<readonly string[]> {
  const shown = await person(() => controlPlane, "admin").succeed(`get ${CONFIGURATIONS} --output=json`);
  const entries = Configurations.parse(JSON.parse(shown)).items.flatMap(({ webhooks }) => webhooks);
  return entries.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle, "base64").toString());
}

export function fingerprintsIn(pem: string): readonly string[] {
  return certificatesIn(pem)
    .map(({ fingerprint256 }) => fingerprint256)
    .toSorted();
}

/**
 * Passes if the Secret holds two pairs of which one has signed the other, every replica presents the leaf, and every entry
 * trusts just what the Secret says. Nothing is under way then, but for an authority that is still to go.
 */
export async function expectGoodCertificates(
  controlPlane: ControlPlane,
  replicas: readonly Pick<Replica, "admissionPort">[],
): Promise<void> {
  const secret = await textsInSecret(controlPlane);
  expect(Object.keys(secret).toSorted()).toEqual(KEYS);
  const {
    "ca.crt": authorities = "",
    "ca.key": signing = "",
    "tls.crt": cert = "",
    "tls.key": key = "",
  } = secret;
  const leaf = new X509Certificate(cert);
  expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
  const signingKey = createPrivateKey(signing);
  const signers = certificatesIn(authorities).filter((each) => each.checkPrivateKey(signingKey));
  expect(signers.map(({ publicKey }) => leaf.verify(publicKey))).toEqual([true]);
  const presented = await Promise.all(replicas.map(({ admissionPort }) => presentedAt(admissionPort)));
  expect(presented.map(fingerprintsIn)).toEqual(replicas.map(() => [leaf.fingerprint256]));
  const bundles = await installedBundles(controlPlane);
  expect(bundles.map(fingerprintsIn)).toEqual(bundles.map(() => fingerprintsIn(authorities)));
}
