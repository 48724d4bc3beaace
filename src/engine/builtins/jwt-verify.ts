import { createSecretKey } from "node:crypto";
import { compare } from "../compare.ts";
import type { EvaluationCall } from "../engine.ts";
import { RegoNumber, RegoObject, type RegoValue } from "../value.ts";
import { decodeBase64Url } from "./base64.ts";
import { type Builtins, isArray } from "./builtin.ts";
import { candidates } from "./jwt.ts";
import { JWT_ALGORITHMS, type JwtKey, verificationKeys } from "./jwt-keys.ts";
import { verifySignature } from "./jwt-signature.ts";
import { LimitReached } from "./limit-reached.ts";
import { decodeObject, type JwtHeader, readHeader, type ReadToken, readToken } from "./jwt-token.ts";

/** Tokens in tokens that are opened. */
const MAX_DEPTH = 10;

/** v1/topdown/tokens.go, `io.jwt.decode_verify`: the time that counts is the request's. */
export const JWT_VERIFY: Builtins = {
  "io.jwt.decode_verify": ([token, constraints], call) => {
    const wanted = constraints instanceof RegoObject ? readConstraints(constraints, call) : undefined;
    return wanted && decodeVerified(token, wanted, MAX_DEPTH);
  },
};

interface Constraints {
  readonly keys: readonly JwtKey[];
  readonly alg: string;
  readonly iss: string;
  readonly aud: string;
  /** Seconds since 1970. */
  readonly time: RegoNumber;
}

const NAMES: ReadonlySet<RegoValue> = new Set(["cert", "secret", "alg", "iss", "aud", "time"]);

/** Undefined if one is unknown or of the wrong type, and unless there is exactly one of `cert` and `secret`. */
function readConstraints(object: RegoObject, call: EvaluationCall): Constraints | undefined {
  if (object.entries.some(([name]) => !NAMES.has(name))) return undefined;
  const [cert, secret, alg, iss, aud] = ["cert", "secret", "alg", "iss", "aud"].map(
    (name) => object.get(name) ?? "",
  );
  const time = seconds(object.get("time") ?? new RegoNumber(String(call.now)));
  const keys = trustedKeys(cert, secret, object.get("cert") !== undefined);
  if (typeof alg !== "string" || typeof iss !== "string" || typeof aud !== "string") return undefined;
  return keys === undefined || time === undefined ? undefined : { keys, alg, iss, aud, time };
}

function trustedKeys(
  cert: RegoValue | undefined,
  secret: RegoValue | undefined,
  hasCert: boolean,
): readonly JwtKey[] | undefined {
  if (typeof cert !== "string" || typeof secret !== "string" || hasCert === (secret !== "")) return undefined;
  return hasCert ? verificationKeys(cert) : [{ key: createSecretKey(Buffer.from(secret)), alg: "", kid: "" }];
}

/** Nanoseconds, as a double, as Go's shortest decimal text of the seconds. */
function seconds(value: RegoValue): RegoNumber | undefined {
  const nanoseconds = value instanceof RegoNumber ? Number(value.text) : -1;
  return nanoseconds >= 0 && Number.isFinite(nanoseconds)
    ? new RegoNumber(String(nanoseconds / 1e9))
    : undefined;
}

const UNVERIFIED: RegoValue = [false, new RegoObject([]), new RegoObject([])];

function decodeVerified(
  text: RegoValue | undefined,
  wanted: Constraints,
  depth: number,
): RegoValue | undefined {
  const token = readToken(text);
  const header = token && readHeader(token.fields);
  if (token === undefined || header === undefined) return undefined;
  const isVerified = isTrusted(token, header, wanted);
  if (isVerified !== true) return isVerified === false ? UNVERIFIED : undefined;
  if (header.cty.toLowerCase() !== "jwt") return withClaims(token, wanted);
  const inner = decodeBase64Url(token.payload)?.toString("utf8");
  if (depth === 0) throw new LimitReached("would open more than ten tokens in one another");
  return decodeVerified(inner, wanted, depth - 1);
}

/** Undefined if the signature cannot be read. */
function isTrusted(token: ReadToken, header: JwtHeader, wanted: Constraints): boolean | undefined {
  if (!JWT_ALGORITHMS.has(header.alg) || header.hasUnknownCritical) return false;
  if (wanted.alg !== "" && wanted.alg !== header.alg) return false;
  const signature = decodeBase64Url(token.signature);
  return (
    signature &&
    candidates(wanted.keys, header.kid, header.alg).some(({ key }) =>
      verifySignature(header.alg, key, token.signed, signature),
    )
  );
}

function withClaims(token: ReadToken, wanted: Constraints): RegoValue | undefined {
  const payload = decodeObject(token.payload);
  if (payload === undefined) return undefined;
  // In this order: a claim of a wrong type is an error only if those before it allow the token.
  for (const check of [isIssuer, isAudience, isNotExpired, isNotBefore]) {
    const isAllowed = check(payload, wanted);
    if (isAllowed !== true) return isAllowed === false ? UNVERIFIED : undefined;
  }
  return [true, token.fields, payload];
}

function isIssuer(payload: RegoObject, { iss }: Constraints): boolean | undefined {
  const claim = payload.get("iss");
  if (iss === "") return true;
  return claim === undefined || typeof claim === "string" ? claim === iss : undefined;
}

function isAudience(payload: RegoObject, { aud }: Constraints): boolean {
  const claim = payload.get("aud");
  if (claim === undefined) return aud === "";
  return isArray(claim) ? claim.includes(aud) : claim === aud;
}

function isNotExpired(payload: RegoObject, { time }: Constraints): boolean | undefined {
  const claim = payload.get("exp");
  if (claim === undefined) return true;
  return claim instanceof RegoNumber ? compare(time, claim) < 0 : undefined;
}

function isNotBefore(payload: RegoObject, { time }: Constraints): boolean | undefined {
  const claim = payload.get("nbf");
  if (claim === undefined) return true;
  return claim instanceof RegoNumber ? compare(time, claim) >= 0 : undefined;
}
