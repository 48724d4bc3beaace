import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PortcullisError } from "../error.ts";

/** Who may sign the certificates of clients. */
export interface ClientAuthorities {
  /** PEM texts of one certificate each. */
  readonly ca: readonly string[];
  /** When the last of them expires. */
  readonly notAfter: Date;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;

/**
 * Reads the file of `--client-ca`: PEM certificates of authorities. Throws CERTIFICATE_UNREADABLE if it cannot be read,
 * holds anything but authorities, or none that is valid at `now`: no client could come in any more, or some that should not.
 */
export async function readClientAuthorities(file: string, now: Date): Promise<ClientAuthorities> {
  const ca = (await textOf(file)).match(CERTIFICATE) ?? [];
  if (ca.length === 0) throw unusable(file, "it holds no PEM certificate");
  const certificates = ca.map((pem) => authorityOf(pem, file));
  const isValid = ({ validFromDate, validToDate }: X509Certificate): boolean =>
    validFromDate <= now && now <= validToDate;
  if (!certificates.some(isValid))
    throw unusable(file, `none of its authorities is valid, it is ${now.toISOString()} now`);
  const ends = certificates.map(({ validToDate }) => validToDate.getTime());
  return { ca, notAfter: new Date(Math.max(...ends)) };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unusable(file, `it could not be read (${reasonOf(cause)})`, cause);
  }
}

function authorityOf(pem: string, file: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (cause) {
    throw unusable(file, `a certificate in it is damaged (${reasonOf(cause)})`, cause);
  }
  if (certificate.ca) return certificate;
  throw unusable(file, `the certificate ${JSON.stringify(certificate.subject)} in it is no authority's`);
}

function unusable(file: string, why: string, cause?: unknown): PortcullisError {
  return new PortcullisError("CERTIFICATE_UNREADABLE", {
    message: `The authorities of clients in ${file} cannot be used: ${why}.`,
    remedy:
      "Name a PEM file with `--client-ca` that holds the authority of the API server's client certificate.",
    position: { file },
    cause,
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
