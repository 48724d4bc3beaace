import { RegoObject, type RegoValue } from "../value.ts";
import { decodeBase64Url } from "./base64.ts";
import { isArray } from "./builtin.ts";
import { unmarshalJson } from "./json-text.ts";

/** A token as it is written: three parts, each in base64. */
export interface Token {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** What of a header decides how the token is verified; empty where it has none. */
export interface JwtHeader {
  readonly alg: string;
  readonly kid: string;
  readonly cty: string;
  /** What OPA would have to understand, but does not. */
  readonly hasUnknownCritical: boolean;
}

const KNOWN_HEADERS = new Set(["alg", "kid", "typ", "cty", "crit"]);

export function splitToken(text: RegoValue | undefined): Token | undefined {
  const [header, payload, signature, ...more] = typeof text === "string" ? text.split(".") : [];
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0)
    return undefined;
  return { header, payload, signature };
}

/** A token whose header could be read; the header's fields, and what is signed. */
export interface ReadToken extends Token {
  readonly fields: RegoObject;
  readonly signed: string;
}

export function readToken(text: RegoValue | undefined): ReadToken | undefined {
  const token = splitToken(text);
  const fields = token && decodeHeader(token);
  return token && fields && { ...token, fields, signed: `${token.header}.${token.payload}` };
}

/** The object that a part is; undefined if it is none. */
export function decodeObject(part: string): RegoObject | undefined {
  const bytes = decodeBase64Url(part);
  const value = bytes && unmarshalJson(bytes.toString("utf8"));
  return value instanceof RegoObject ? value : undefined;
}

/** A JSON Web Encryption, which has `enc`, is no signed token. */
function decodeHeader(token: Token): RegoObject | undefined {
  const header = decodeObject(token.header);
  return header?.get("enc") === undefined ? header : undefined;
}

/** Undefined if a known field has another type than it should. */
export function readHeader(header: RegoObject): JwtHeader | undefined {
  const [alg, kid, typ, cty] = ["alg", "kid", "typ", "cty"].map((name) => header.get(name) ?? "");
  const critical = criticalNames(header.get("crit"));
  if (typeof alg !== "string" || typeof kid !== "string" || typeof typ !== "string") return undefined;
  if (typeof cty !== "string" || critical === undefined) return undefined;
  const hasUnknownCritical = header.entries.some(
    ([name]) => typeof name === "string" && !KNOWN_HEADERS.has(name) && critical.has(name),
  );
  return { alg, kid, cty, hasUnknownCritical };
}

/** As in OPA the names up to the first that is no string. */
function criticalNames(value: RegoValue | undefined): ReadonlySet<RegoValue> | undefined {
  if (value === undefined) return new Set();
  if (!isArray(value) || typeof value[0] !== "string") return undefined;
  const end = value.findIndex((name) => typeof name !== "string");
  return new Set(end < 0 ? value : value.slice(0, end));
}
