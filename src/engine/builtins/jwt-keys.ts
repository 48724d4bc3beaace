import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { RegoObject, type RegoValue } from "../value.ts";
import { isArray } from "./builtin.ts";
import { decodeBase64Url } from "./base64.ts";
import { unmarshalJson } from "./json-text.ts";
import { decodePem } from "./pem.ts";

export const JWT_ALGORITHMS: ReadonlySet<string> = new Set(
  ["HS", "RS", "PS", "ES"].flatMap((kind) => [`${kind}256`, `${kind}384`, `${kind}512`]).concat("EdDSA"),
);

/** A key of a certificate or of a JSON Web Key; `alg` and `kid` are empty where it does not have them. */
export interface JwtKey {
  readonly key: KeyObject;
  readonly alg: string;
  readonly kid: string;
}

/** Keys to verify with, out of a certificate, a public key (PEM) or JSON Web Keys; undefined if it is none of them. */
export function verificationKeys(text: string): readonly JwtKey[] | undefined {
  const pem = decodePem(text);
  if (pem === undefined) return jsonWebKeys(text)?.filter(({ alg }) => alg === "" || JWT_ALGORITHMS.has(alg));
  if (pem.rest !== "") return undefined;
  const key = unlessThrown(() => {
    if (pem.type === "CERTIFICATE") return new X509Certificate(pem.bytes).publicKey;
    return pem.type === "PUBLIC KEY"
      ? createPublicKey({ key: pem.bytes, format: "der", type: "spki" })
      : undefined;
  });
  return key && [{ key, alg: "", kid: "" }];
}

/** One key or a set of them (RFC 7517); undefined if one of them cannot be read. */
export function jsonWebKeys(text: string): readonly JwtKey[] | undefined {
  const document = unmarshalJson(text);
  if (!(document instanceof RegoObject)) return undefined;
  const list = document.get("keys");
  const keys = (isArray(list) ? list : [document]).map(readKey);
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

function readKey(jwk: RegoValue): JwtKey | undefined {
  if (!(jwk instanceof RegoObject)) return undefined;
  const key = unlessThrown(() => importKey(jwk));
  return key && { key, alg: textIn(jwk, "alg"), kid: textIn(jwk, "kid") };
}

function importKey(jwk: RegoObject): KeyObject | undefined {
  const kind = jwk.get("kty");
  if (kind === "oct") {
    const secret = decodeBase64Url(textIn(jwk, "k"));
    return secret === undefined || secret.length === 0 ? undefined : createSecretKey(secret);
  }
  const names = ["kty", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi"];
  const key = Object.fromEntries(
    names.filter((name) => jwk.get(name) !== undefined).map((name) => [name, textIn(jwk, name)]),
  );
  return jwk.get("d") === undefined
    ? createPublicKey({ key, format: "jwk" })
    : createPrivateKey({ key, format: "jwk" });
}

function textIn(object: RegoObject, name: string): string {
  const value = object.get(name);
  return typeof value === "string" ? value : "";
}

/** node:crypto throws for a key that it cannot read, which is an error of the builtin. */
function unlessThrown<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
