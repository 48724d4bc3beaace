import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import type { KeyPair } from "./certificate.ts";

/** A certificate that callers are told to trust. */
export interface Authority {
  readonly x509: X509Certificate;
  /** SHA-256; the same for the same certificate. */
  readonly fingerprint: string;
}

/** An authority with its key: it can sign. */
export interface Signer extends Authority {
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** A certificate is renewed when this part of its lifetime is left. */
const RENEWED_WITH = 1 / 3;

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** What a text in PEM holds. */
export interface PemBundle {
  /** Each certificate once, in the order of the text. */
  readonly authorities: readonly Authority[];
  /** Whether a part that should be a certificate is none. */
  readonly isDamaged: boolean;
}

/**
 * Reads certificates as Go's crypto/x509 does, which is who verifies: text between them is skipped. After `most`
 * certificates nothing is looked at any more.
 */
export function readPem(pem: string, most = Infinity): PemBundle {
  const blocks = (pem.match(PEM_CERTIFICATE) ?? []).slice(0, most);
  const read = blocks.map(authorityOf);
  const authorities = distinct(read.filter((authority) => authority !== undefined));
  return { authorities, isDamaged: read.includes(undefined) || (blocks.length === 0 && pem.trim() !== "") };
}

/** Those that a `caBundle` trusts, as it stands in a webhook configuration: PEM in base64. */
export function authoritiesIn(caBundle: string): readonly Authority[] {
  return readPem(Buffer.from(caBundle, "base64").toString()).authorities;
}

/** The first of each. */
export function distinct(authorities: readonly Authority[]): readonly Authority[] {
  return [...new Map(authorities.toReversed().map((each) => [each.fingerprint, each])).values()].toReversed();
}

/** Undefined if it is no certificate. */
function authorityOf(pem: string): Authority | undefined {
  try {
    const x509 = new X509Certificate(pem);
    return { x509, fingerprint: x509.fingerprint256 };
  } catch {
    return undefined;
  }
}

/** Undefined if the key is none, or of no kind that Portcullis signs with (ECDSA P-256). */
export function signerOf(authorities: readonly Authority[], key: string): Signer | undefined {
  const privateKey = signingKey(key);
  if (privateKey === undefined) return undefined;
  const found = authorities.find(({ x509 }) => x509.ca && x509.checkPrivateKey(privateKey));
  if (found === undefined) return undefined;
  return { ...found, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function signingKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A pair that was just made. */
export function newSigner({ cert, key }: KeyPair): Signer {
  const x509 = new X509Certificate(cert);
  return { x509, fingerprint: x509.fingerprint256, key };
}

export function isValid({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  return validFromDate <= now && now <= validToDate;
}

/** Whether it is time for another one. */
export function isDue({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  const lifetime = validToDate.getTime() - validFromDate.getTime();
  return validToDate.getTime() - now.getTime() < lifetime * RENEWED_WITH;
}

/** Whether `issuer` signed the certificate. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A public key of a kind that OpenSSL cannot use.
    return false;
  }
}
