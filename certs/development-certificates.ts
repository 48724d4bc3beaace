import { createPrivateKey, randomUUID, X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAuthority, createServerCertificate, type KeyPair } from "../src/certificates/certificate.ts";

const DAY = 24 * 60 * 60 * 1000;
const AUTHORITY_NAME = "Portcullis development CA";
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 365;
/** A certificate that ends sooner is made anew: long before it could end during a test or a demonstration. */
const RENEW_BEFORE_DAYS = 30;

/** A laptop's names and the name by which an API server calls the Service of the shipped manifests. */
const NAMES = {
  dns: ["localhost", "portcullis.portcullis-system.svc"],
  ip: ["127.0.0.1", "::1"],
} as const;
/** The same as `X509Certificate.subjectAltName` shows them. */
const ALTERNATIVE_NAMES =
  "DNS:localhost, DNS:portcullis.portcullis-system.svc, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1";

/** What was done with each pair of the folder. */
export interface Made {
  readonly authority: "kept" | "created";
  readonly server: "kept" | "created";
}

/**
 * Makes sure that `folder` holds a CA (`ca.crt`, `ca.key`) and a server certificate (`tls.crt`, `tls.key`) that fit
 * and are valid for 30 days at least. What is good is kept, so that a CA that someone trusted stays the same.
 */
export async function ensureDevelopmentCertificates(folder: string, now: Date): Promise<Made> {
  await mkdir(folder, { recursive: true });
  const limit = new Date(now.getTime() + RENEW_BEFORE_DAYS * DAY);
  const oldAuthority = await readPair(folder, "ca");
  const keepsAuthority = oldAuthority !== undefined && isAuthority(oldAuthority, limit);
  const authority = keepsAuthority
    ? oldAuthority
    : await createAuthority(AUTHORITY_NAME, AUTHORITY_DAYS, now);
  const oldServer = await readPair(folder, "tls");
  const keepsServer = oldServer !== undefined && isServerCertificate(oldServer, authority, limit);

  if (!keepsAuthority) await writePair(folder, "ca", authority);
  if (!keepsServer) {
    await writePair(folder, "tls", await createServerCertificate(NAMES, SERVER_DAYS, authority, now));
  }
  return { authority: keepsAuthority ? "kept" : "created", server: keepsServer ? "kept" : "created" };
}

function isAuthority(pair: KeyPair, limit: Date): boolean {
  return holds(() => {
    const cert = new X509Certificate(pair.cert);
    return (
      cert.ca && cert.subject === `CN=${AUTHORITY_NAME}` && fits(cert, pair.key) && cert.validToDate > limit
    );
  });
}

function isServerCertificate(pair: KeyPair, authority: KeyPair, limit: Date): boolean {
  return holds(() => {
    const cert = new X509Certificate(pair.cert);
    const issuer = new X509Certificate(authority.cert);
    const issued = cert.checkIssued(issuer) && cert.verify(issuer.publicKey);
    return (
      issued && fits(cert, pair.key) && cert.subjectAltName === ALTERNATIVE_NAMES && cert.validToDate > limit
    );
  });
}

function fits(cert: X509Certificate, key: string): boolean {
  return cert.checkPrivateKey(createPrivateKey(key));
}

/** A file that is no certificate or key is simply made anew. */
function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

async function readPair(folder: string, name: string): Promise<KeyPair | undefined> {
  try {
    const [cert, key] = await Promise.all([
      readFile(join(folder, `${name}.crt`), "utf8"),
      readFile(join(folder, `${name}.key`), "utf8"),
    ]);
    return { cert, key };
  } catch {
    return undefined;
  }
}

async function writePair(folder: string, name: string, pair: KeyPair): Promise<void> {
  await writeWhole(join(folder, `${name}.key`), pair.key, 0o600);
  await writeWhole(join(folder, `${name}.crt`), pair.cert, 0o644);
}

/** By rename, so that a reader sees the old file or the new one; a pair torn by a crash is made anew the next time. */
async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, text, { mode, flag: "wx" });
  await rename(temporary, file);
}
