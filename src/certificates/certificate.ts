// @peculiar/x509 resolves its parts through decorators, which need this polyfill before it is loaded.
import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
} from "@peculiar/x509";
import { BACKDATED } from "./issued-at.ts";

const DAY = 24 * 60 * 60 * 1000;
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING_ALGORITHM = { name: "ECDSA", hash: "SHA-256" } as const;
const CRITICAL = true;

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate authority (ECDSA P-256) that can sign server certificates and nothing below them. */
export async function createAuthority(commonName: string, days: number, now: Date): Promise<KeyPair> {
  const keys = await generateKeys();
  const name = `CN=${commonName}`;
  const certificate = await X509CertificateGenerator.create({
    ...validity(days, now),
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, CRITICAL),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, CRITICAL),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(certificate), key: await pemKey(keys.privateKey) };
}

/** A server certificate for DNS names and IP addresses; the first name is also its common name. */
export async function createServerCertificate(
  names: { readonly dns: readonly [string, ...string[]]; readonly ip: readonly string[] },
  days: number,
  authority: KeyPair,
  now: Date,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const issuer = new X509Certificate(authority.cert);
  const alternatives = [
    ...names.dns.map((value) => ({ type: "dns", value }) as const),
    ...names.ip.map((value) => ({ type: "ip", value }) as const),
  ];
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, CRITICAL),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, CRITICAL),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(alternatives),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...validity(days, now),
    subject: `CN=${names.dns[0]}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions,
  });
  return { cert: pem(certificate), key: await pemKey(keys.privateKey) };
}

function validity(days: number, now: Date): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(now.getTime() - BACKDATED), notAfter: new Date(now.getTime() + days * DAY) };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

function importKey(key: string): Promise<webcrypto.CryptoKey> {
  return crypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(key), KEY_ALGORITHM, false, ["sign"]);
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function pemKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), PemConverter.PrivateKeyTag)}\n`;
}
