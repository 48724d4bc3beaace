import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { PortcullisError } from "../error.ts";

/** PEM texts of the server's certificate, its chain after it, and of its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Reads a certificate and its key. Throws CERTIFICATE_UNREADABLE if a file cannot be read or the two do not fit. */
export async function readCertificate(certFile: string, keyFile: string): Promise<Certificate> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw unusable(certFile, `${certFile} and ${keyFile} are no certificate and its key`, cause);
  }
  return { cert, key };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unusable(file, `${file} could not be read`, cause);
  }
}

function unusable(file: string, what: string, cause: unknown): PortcullisError {
  return new PortcullisError("CERTIFICATE_UNREADABLE", {
    message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    remedy:
      "Name a PEM certificate with `--cert` and its key with `--key`; `node certs/development.ts` makes a pair.",
    position: { file },
    cause,
  });
}
