// @peculiar/x509 resolves its parts through decorators, which need this polyfill before it is loaded.
import "reflect-metadata";
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { KeyPair } from "../src/certificates/certificate.ts";

const KEYS = { name: "ECDSA", namedCurve: "P-256" } as const;
const HOUR_MS = 60 * 60 * 1_000;

export interface ClientCertificate {
  /** As in `CN=kube-apiserver, O=masters`. */
  readonly subject?: string;
  readonly dns?: readonly string[];
  /** Default: clientAuth. */
  readonly usage?: keyof typeof ExtendedKeyUsage;
  /** Default: an hour ago, and in an hour. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** The certificate that a client presents, signed by `authority`. */
export async function createClientCertificate(
  authority: KeyPair,
  { subject = "CN=client", dns = [], usage = "clientAuth", notBefore, notAfter }: ClientCertificate = {},
): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
  const issuerKey = PemConverter.decodeFirst(authority.key);
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: new X509Certificate(authority.cert).subject,
    notBefore: notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: notAfter ?? new Date(Date.now() + HOUR_MS),
    publicKey: keys.publicKey,
    signingKey: await crypto.subtle.importKey("pkcs8", issuerKey, KEYS, false, ["sign"]),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
      ...(dns.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(dns.map((value) => ({ type: "dns", value }) as const))]),
    ],
  });
  const key = PemConverter.encode(
    await crypto.subtle.exportKey("pkcs8", keys.privateKey),
    PemConverter.PrivateKeyTag,
  );
  return { cert: certificate.toString("pem"), key };
}
