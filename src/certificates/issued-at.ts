import type { X509Certificate } from "node:crypto";

/** Milliseconds by which certificates are valid before they are made, for machines whose clocks differ a little. */
export const BACKDATED = 60 * 60 * 1_000;

/** When Portcullis made a certificate, by the clock of the API server. For one of others it is too late, never too early. */
export function issuedAt({ validFromDate }: X509Certificate): Date {
  return new Date(validFromDate.getTime() + BACKDATED);
}
