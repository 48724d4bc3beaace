import type { Authority } from "./authority.ts";
import { ROTATE, type SecretContents, type SecretTexts } from "./certificate-state.ts";

/** The keys of the Secret that are Portcullis' own; others are left alone. */
type SecretKey = "tls.crt" | "tls.key" | "ca.crt" | "ca.key" | "next-ca.crt" | "next-ca.key";

/** The texts of the Secret by key; undefined for a key that it must not have. A Secret of type TLS must have the first two. */
export function encodeSecret(contents: SecretContents): Readonly<Record<SecretKey, string | undefined>> {
  const { leaf, authorities, signer, next } = contents;
  return {
    "tls.crt": leaf === undefined ? "" : ended(leaf.cert),
    "tls.key": leaf === undefined ? "" : ended(leaf.key),
    "ca.crt": bundleText(authorities),
    "ca.key": signer?.key,
    "next-ca.crt": next?.x509.toString(),
    "next-ca.key": next?.key,
  };
}

/** Whether the Secret says these contents already, but for white space at the ends. */
export function says({ data, annotations }: SecretTexts, contents: SecretContents): boolean {
  const isSame = Object.entries(encodeSecret(contents)).every(
    ([key, text]) => (data[key] ?? "").trim() === (text ?? "").trim(),
  );
  // A word that is not understood is its author's to mend.
  const asked = annotations[ROTATE];
  return isSame && (contents.rotate === undefined ? asked !== "leaf" && asked !== "ca" : true);
}

/** PEM. */
export function bundleText(authorities: readonly Authority[]): string {
  return authorities.map(({ x509 }) => x509.toString()).join("");
}

function ended(pem: string): string {
  return `${pem.trim()}\n`;
}
