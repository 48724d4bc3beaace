import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { PortcullisError } from "../error.ts";

/** PEM texts of the server's certificate, its chain after it, and of its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A pair that was valid when it was read. */
export interface ServerCertificate extends Certificate {
  /** The end of the validity of the certificate itself; its chain is not asked. */
  readonly notAfter: Date;
}

/**
 * Reads a certificate and its key. Throws CERTIFICATE_UNREADABLE if a file cannot be read or is empty, the two do not
 * fit, or the certificate is not valid at `now`: with any of these every handshake would fail.
 */
export async function readCertificate(
  certFile: string,
  keyFile: string,
  now: Date,
): Promise<ServerCertificate> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  const certificate = certificateOf({ cert, key }, certFile, keyFile);
  checkValidity(certFile, certificate, now);
  return { cert, key, notAfter: certificate.validToDate };
}

async function readPem(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw unreadable(file, `${file} could not be read: ${reasonOf(cause)}.`, cause);
  }
  // OpenSSL takes nothing for a certificate, too, and then has none to show.
  if (text.trim() === "") throw unreadable(file, `${file} is empty.`);
  return text;
}

function certificateOf(pair: Certificate, certFile: string, keyFile: string): X509Certificate {
  try {
    // Also reads the chain, and refuses keys that are too weak for TLS.
    createSecureContext(pair);
    const certificate = new X509Certificate(pair.cert);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key)))
      throw new Error("the key is of another one");
    return certificate;
  } catch (cause) {
    const what = `${certFile} and ${keyFile} are no certificate and its key`;
    throw unreadable(certFile, `${what}: ${reasonOf(cause)}.`, cause);
  }
}

function checkValidity(file: string, { validFromDate, validToDate }: X509Certificate, now: Date): void {
  const clock = `it is ${now.toISOString()} now`;
  if (now > validToDate) {
    const remedy =
      "Renew it: `node certs/development.ts` does that for a pair of its own; in a cluster, look at what renews the mounted Secret.";
    throw expired(
      file,
      `${file} has expired: it was valid until ${validToDate.toISOString()}, ${clock}.`,
      remedy,
    );
  }
  if (now < validFromDate) {
    const remedy =
      "Set the clock of this machine, or name a certificate that is valid already with `--cert`.";
    throw expired(file, `${file} is not valid before ${validFromDate.toISOString()}, ${clock}.`, remedy);
  }
}

function expired(file: string, message: string, remedy: string): PortcullisError {
  return new PortcullisError("CERTIFICATE_UNREADABLE", { message, remedy, position: { file } });
}

function unreadable(file: string, message: string, cause?: unknown): PortcullisError {
  return new PortcullisError("CERTIFICATE_UNREADABLE", {
    message,
    remedy:
      "Name a PEM certificate with `--cert` and its key with `--key`; `node certs/development.ts` makes a pair.",
    position: { file },
    cause,
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
