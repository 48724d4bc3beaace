import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";

/** Bytes of half a signature (RFC 7518 section 3.4). */
const CURVE_BYTES: ReadonlyMap<string | undefined, number> = new Map([
  ["prime256v1", 32],
  ["secp384r1", 48],
  ["secp521r1", 66],
]);

/** The kind of key that each family of algorithms takes, by the first two letters of the algorithm. */
const KEY_TYPES: ReadonlyMap<string, string> = new Map([
  ["RS", "rsa"],
  ["PS", "rsa"],
  ["ES", "ec"],
  ["Ed", "ed25519"],
]);

export function verifyHmac(
  algorithm: string,
  secret: string | KeyObject,
  text: string,
  signature: Buffer,
): boolean {
  const expected = createHmac(hashOf(algorithm), secret).update(text).digest();
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

/** Whether `signature` is one of `text` by an algorithm of RFC 7518 or RFC 8037; false if the key is of another kind. */
export function verifySignature(algorithm: string, key: KeyObject, text: string, signature: Buffer): boolean {
  if (key.type === "secret") return algorithm.startsWith("HS") && verifyHmac(algorithm, key, text, signature);
  const family = algorithm.slice(0, 2);
  if (KEY_TYPES.get(family) !== key.asymmetricKeyType) return false;
  const data = Buffer.from(text);
  if (family === "Ed") return verify(null, data, key, signature);
  if (family !== "ES") return verify(hashOf(algorithm), data, { key, ...rsaPadding(family) }, signature);
  const exact = exactSignature(key, signature);
  return exact !== undefined && verify(hashOf(algorithm), data, { key, dsaEncoding: "ieee-p1363" }, exact);
}

/** The signature; undefined if the key is not of the algorithm's kind. */
export function signText(algorithm: string, key: KeyObject, text: string): Buffer | undefined {
  const data = Buffer.from(text);
  if (key.type === "secret") {
    return algorithm.startsWith("HS") ? createHmac(hashOf(algorithm), key).update(data).digest() : undefined;
  }
  const family = algorithm.slice(0, 2);
  if (algorithm.startsWith("HS") && key.asymmetricKeyType === "ed25519")
    return createHmac(hashOf(algorithm), keyBytes(key)).update(data).digest();
  if (key.type !== "private" || KEY_TYPES.get(family) !== key.asymmetricKeyType) return undefined;
  if (family === "Ed") return sign(null, data, key);
  if (family === "ES") return sign(hashOf(algorithm), data, { key, dsaEncoding: "ieee-p1363" });
  return sign(hashOf(algorithm), data, { key, ...rsaPadding(family, constants.RSA_PSS_SALTLEN_DIGEST) });
}

/** Go's `ed25519.PrivateKey`, which OPA takes for a secret, too: the seed and the public key. */
function keyBytes(key: KeyObject): Buffer {
  const { d = "", x = "" } = key.export({ format: "jwk" });
  return Buffer.concat([d, x].map((part) => Buffer.from(part, "base64url")));
}

/** `sha256` of `RS256`. */
function hashOf(algorithm: string): string {
  return `sha${algorithm.slice(2)}`;
}

function rsaPadding(
  family: string,
  saltLength: number = constants.RSA_PSS_SALTLEN_AUTO,
): { readonly padding: number; readonly saltLength?: number } {
  return family === "PS"
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    : { padding: constants.RSA_PKCS1_PADDING };
}

/** OPA takes the halves of a signature of any length as numbers; node:crypto wants as many bytes as the curve has. */
function exactSignature(key: KeyObject, signature: Buffer): Buffer | undefined {
  const size = CURVE_BYTES.get(key.asymmetricKeyDetails?.namedCurve);
  if (size === undefined) return undefined;
  const middle = Math.floor(signature.length / 2);
  const halves = [signature.subarray(0, middle), signature.subarray(middle)].map((half) =>
    exactNumber(half, size),
  );
  return halves.every((half) => half !== undefined) ? Buffer.concat(halves) : undefined;
}

function exactNumber(bytes: Buffer, size: number): Buffer | undefined {
  const excess = bytes.subarray(0, Math.max(bytes.length - size, 0));
  if (excess.some((byte) => byte !== 0)) return undefined;
  return Buffer.concat([Buffer.alloc(Math.max(size - bytes.length, 0)), bytes.subarray(excess.length)]);
}
