/** What the tests of certificates that Portcullis keeps hold to be good. */
import { expect } from "@jest/globals";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { certificatesIn, presentedAt, textsInSecret } from "../cluster/changes.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import type { Replica } from "../cluster/replica.ts";
import { person } from "./cluster.ts";

const CONFIGURATIONS = "validatingwebhookconfigurations/portcullis mutatingwebhookconfigurations/portcullis";
/** While another authority waits, there are more. */
const KEYS = ["ca.crt", "ca.key", "tls.crt", "tls.key"];

/** The caBundle of every entry that is installed, in PEM. */
export async function installedBundles(controlPlane: ControlPlane): Promise<readonly string[]> {
  const path = "{.items[*].webhooks[*].clientConfig.caBundle}";
  const bundles = await person(() => controlPlane, "admin").stored(CONFIGURATIONS, path);
  return bundles.split(" ").map((each) => Buffer.from(each, "base64").toString());
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
  expect(bundles.length).toBeGreaterThan(0);
}
