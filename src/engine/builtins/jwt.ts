import { decodeBase64Url } from "./base64.ts";
import { type Builtin, type Builtins, ofStrings, trim } from "./builtin.ts";
import { RegoObject, type RegoValue } from "../value.ts";
import { marshalJson, unmarshalJson } from "./json-text.ts";
import { JWT_ALGORITHMS, jsonWebKeys, type JwtKey, verificationKeys } from "./jwt-keys.ts";
import { signText, verifyHmac, verifySignature } from "./jwt-signature.ts";
import { decodeObject, readHeader, type ReadToken, readToken, splitToken } from "./jwt-token.ts";

/** v1/topdown/tokens.go, without `io.jwt.decode_verify`. */
export const JWT: Builtins = {
  "io.jwt.decode": ([token]) => decode(token),
  ...Object.fromEntries(
    [...JWT_ALGORITHMS].map((algorithm) => [
      `io.jwt.verify_${algorithm.toLowerCase()}`,
      algorithm.startsWith("HS") ? verifyWithSecret(algorithm) : verifyWithKeys(algorithm),
    ]),
  ),
  "io.jwt.encode_sign": ([header, payload, key]) =>
    header === undefined || payload === undefined || key === undefined
      ? undefined
      : encodeSigned(marshalJson(header), marshalJson(payload), marshalJson(key)),
  "io.jwt.encode_sign_raw": ([header, payload, key]) =>
    typeof header === "string" && typeof payload === "string" && typeof key === "string"
      ? encodeSigned(header, payload, key)
      : undefined,
};

/** Header, payload and signature (hexadecimal) of a token, or of the token in it; nothing is verified. */
function decode(text: RegoValue | undefined): RegoValue | undefined {
  const token = readToken(text);
  const type = token?.fields.get("cty") ?? "";
  if (token === undefined || typeof type !== "string") return undefined;
  return type === "JWT" ? decodeInner(token) : decodeParts(token);
}

/** A token may be quoted in another. */
function decodeInner(token: ReadToken): RegoValue | undefined {
  const inner = decodeBase64Url(token.payload)?.toString("utf8");
  return inner === undefined ? undefined : decode(trim(inner, "\"'"));
}

function decodeParts(token: ReadToken): RegoValue | undefined {
  const claims = decodeObject(token.payload);
  const signature = decodeBase64Url(token.signature);
  return claims && signature && [token.fields, claims, signature.toString("hex")];
}

function verifyWithSecret(algorithm: string): Builtin {
  return ofStrings((text, secret) => {
    const token = splitToken(text);
    const signature = token && decodeBase64Url(token.signature);
    return token && signature && verifyHmac(algorithm, secret, `${token.header}.${token.payload}`, signature);
  });
}

function verifyWithKeys(algorithm: string): Builtin {
  return ofStrings((text, certificate) => {
    const token = readToken(text);
    const header = token && readHeader(token.fields);
    const signature = token && decodeBase64Url(token.signature);
    const keys = verificationKeys(certificate);
    if (token === undefined || keys === undefined || signature === undefined) return undefined;
    return (
      header &&
      candidates(keys, header.kid, header.alg).some(
        ({ key }) => key.type === "public" && verifySignature(algorithm, key, token.signed, signature),
      )
    );
  });
}

/** The key that the token names, else every key that is not for another algorithm. */
export function candidates(keys: readonly JwtKey[], kid: string, alg: string): readonly JwtKey[] {
  const named = kid === "" ? undefined : keys.find((key) => key.kid === kid);
  return named === undefined ? keys.filter((key) => key.alg === "" || key.alg === alg) : [named];
}

function encodeSigned(header: string, payload: string, keys: string): RegoValue | undefined {
  const fields = unmarshalJson(header);
  const [key] = jsonWebKeys(keys) ?? [];
  if (!(fields instanceof RegoObject) || key === undefined) return undefined;
  const algorithm = fields.get("alg");
  if (typeof algorithm !== "string" || !JWT_ALGORITHMS.has(algorithm)) return undefined;
  const type = fields.get("typ");
  const mustBeJson = typeof type !== "string" || type === "JWT";
  if (mustBeJson && unmarshalJson(payload) === undefined) return undefined;
  const signed = [header, payload].map((part) => Buffer.from(part).toString("base64url")).join(".");
  const signature = signText(algorithm, key.key, signed);
  return signature && `${signed}.${signature.toString("base64url")}`;
}
