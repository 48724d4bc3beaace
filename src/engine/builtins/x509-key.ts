import { createPublicKey, type KeyObject } from "node:crypto";
import type { RegoValue } from "../value.ts";
import { type DerElement, type DerReader, inside, integerOf, objectIdentifierOf, TAG } from "./der.ts";
import { number, object } from "./x509-json.ts";

/** Go's `x509.PublicKeyAlgorithm`. */
const KEY_ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ["1.2.840.113549.1.1.1", 1],
  ["1.2.840.10040.4.1", 2],
  ["1.2.840.10045.2.1", 3],
  ["1.3.101.112", 4],
]);

/** Go's `x509.SignatureAlgorithm`; of RSASSA-PSS the hash decides. */
const SIGNATURE_ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ["1.2.840.113549.1.1.4", 2],
  ["1.2.840.113549.1.1.5", 3],
  ["1.3.14.3.2.29", 3],
  ["1.2.840.113549.1.1.11", 4],
  ["1.2.840.113549.1.1.12", 5],
  ["1.2.840.113549.1.1.13", 6],
  ["1.2.840.10040.4.3", 7],
  ["2.16.840.1.101.3.4.3.2", 8],
  ["1.2.840.10045.4.1", 9],
  ["1.2.840.10045.4.3.2", 10],
  ["1.2.840.10045.4.3.3", 11],
  ["1.2.840.10045.4.3.4", 12],
  ["1.3.101.112", 16],
]);

const RSA_PSS = "1.2.840.113549.1.1.10";

const PSS_HASHES: ReadonlyMap<string, { readonly algorithm: number; readonly saltLength: bigint }> = new Map([
  ["2.16.840.1.101.3.4.2.1", { algorithm: 13, saltLength: 32n }],
  ["2.16.840.1.101.3.4.2.2", { algorithm: 14, saltLength: 48n }],
  ["2.16.840.1.101.3.4.2.3", { algorithm: 15, saltLength: 64n }],
]);

/** Of an AlgorithmIdentifier; 0 if Go does not know it. */
export function signatureAlgorithm(algorithm: DerElement): number {
  const reader = inside(algorithm);
  const name = objectIdentifierOf(reader.next(TAG.objectIdentifier)).join(".");
  return name === RSA_PSS ? pssAlgorithm(reader) : (SIGNATURE_ALGORITHMS.get(name) ?? 0);
}

/** Go takes only those whose salt is as long as the hash. */
function pssAlgorithm(reader: DerReader): number {
  const parameters = inside(reader.next(TAG.sequence));
  const hash = parameters.optional(0xa0);
  const identifier = hash && inside(inside(hash).next(TAG.sequence)).next(TAG.objectIdentifier);
  parameters.optional(0xa1);
  const salt = parameters.optional(0xa2);
  if (identifier === undefined || salt === undefined) return 0;
  const found = PSS_HASHES.get(objectIdentifierOf(identifier).join("."));
  const length = integerOf(inside(salt).next(TAG.integer));
  return found?.saltLength === length ? found.algorithm : 0;
}

/** Go's `PublicKeyAlgorithm` and `PublicKey` of a SubjectPublicKeyInfo. */
export function readPublicKey(info: DerElement): { readonly algorithm: number; readonly key: RegoValue } {
  const identifier = inside(inside(info).next(TAG.sequence)).next(TAG.objectIdentifier);
  const algorithm = KEY_ALGORITHMS.get(objectIdentifierOf(identifier).join(".")) ?? 0;
  if (algorithm === 0 || algorithm === 2) return { algorithm, key: null };
  const key = createPublicKey({ key: Buffer.from(info.raw), format: "der", type: "spki" });
  return { algorithm, key: publicKeyJson(key) };
}

function publicKeyJson(key: KeyObject): RegoValue {
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") return object({ N: number(base64Integer(jwk.n)), E: number(base64Integer(jwk.e)) });
  if (jwk.kty === "EC") {
    return object({ Curve: object({}), X: number(base64Integer(jwk.x)), Y: number(base64Integer(jwk.y)) });
  }
  return Buffer.from(jwk.x ?? "", "base64url").toString("base64");
}

/** Go's JSON of a private key; undefined for a kind that Go does not read. */
export function privateKeyJson(key: KeyObject): RegoValue | undefined {
  const jwk = key.export({ format: "jwk" });
  const numberOf = (name: "n" | "e" | "d" | "p" | "q" | "dp" | "dq" | "qi" | "x" | "y"): RegoValue =>
    number(base64Integer(jwk[name]));
  if (jwk.kty === "RSA") {
    const precomputed = { Dp: numberOf("dp"), Dq: numberOf("dq"), Qinv: numberOf("qi"), CRTValues: [] };
    return object({
      N: numberOf("n"),
      E: numberOf("e"),
      D: numberOf("d"),
      Primes: [numberOf("p"), numberOf("q")],
      Precomputed: object(precomputed),
    });
  }
  if (jwk.kty === "EC") {
    return object({ Curve: object({}), D: numberOf("d"), X: numberOf("x"), Y: numberOf("y") });
  }
  if (jwk.crv !== "Ed25519") return undefined;
  return Buffer.concat([jwk.d, jwk.x].map((part) => Buffer.from(part ?? "", "base64url"))).toString("base64");
}

function base64Integer(text: string | undefined): bigint {
  const hex = Buffer.from(text ?? "", "base64url").toString("hex");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}
