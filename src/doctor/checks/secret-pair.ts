import type { X509Certificate } from "node:crypto";
import type { Secret } from "../observe/objects.ts";
import { certificatesIn, isKeyOf, type Chain } from "./pem.ts";

/** What a Secret of type `kubernetes.io/tls` holds, with the authorities beside it. */
export interface SecretPair {
  /** The server's certificate and its chain. */
  readonly chain: Chain;
  /** `ca.crt`; undefined if there is none. */
  readonly authorities: readonly X509Certificate[] | undefined;
}

/** The pair, or what is wrong with it: a clause that follows the Secret's name. */
export function secretPair({ data }: Secret): SecretPair | string {
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString("latin1");
  const absent = ["tls.crt", "tls.key"].filter((key) => text(key).trim() === "");
  if (absent.length > 0) return `has no ${absent.join(" and no ")}`;
  const chain = certificatesIn(text("tls.crt"));
  if (chain === undefined) return "has something in tls.crt that is no PEM certificate";
  if (!isKeyOf(text("tls.key"), chain[0])) return "has a tls.key that is not the key of its tls.crt";
  if (text("ca.crt").trim() === "") return { chain, authorities: undefined };
  const authorities = certificatesIn(text("ca.crt"));
  if (authorities === undefined) return "has something in ca.crt that is no PEM certificate";
  const signer = text("ca.key");
  if (signer.trim() !== "" && !authorities.some((authority) => isKeyOf(signer, authority)))
    return "has a ca.key that is the key of none of its ca.crt";
  return { chain, authorities };
}

/** The authority of a rotation that is under way. */
export function nextAuthority({ data }: Secret): X509Certificate | undefined {
  return certificatesIn(Buffer.from(data["next-ca.crt"] ?? "", "base64").toString("latin1"))?.[0];
}
