import { exactTextOf, textOf } from "./base64.ts";

/** Characters that stand for themselves in a query (Go's `url.QueryEscape`). */
const QUERY_PLAIN = /^[A-Za-z0-9\-_.~]$/;

/** And in a path. */
const PATH_PLAIN = /^[A-Za-z0-9\-_.~$&+,/:;=@]$/;

const FRAGMENT_PLAIN = /^[A-Za-z0-9\-_.~$&+,/:;=?@!()*]$/;

const HOST_PLAIN = /^[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]$/;

/** UTF-8 as one character for each byte. */
export type Bytes = string;

export function bytesOf(text: string): Bytes {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Undefined if the bytes are not UTF-8. */
export function textOfBytes(bytes: Bytes): string | undefined {
  return textOf(Buffer.from(bytes, "latin1"));
}

/** Throws LimitReached if the bytes are not UTF-8. */
export function exactTextOfBytes(bytes: Bytes): string {
  return exactTextOf(Buffer.from(bytes, "latin1"));
}

export function escapeQuery(text: string): string {
  return escape(bytesOf(text), QUERY_PLAIN).replaceAll("%20", "+");
}

export function escapePath(bytes: Bytes): string {
  return escape(bytes, PATH_PLAIN);
}

export function escapeFragment(bytes: Bytes): string {
  return escape(bytes, FRAGMENT_PLAIN);
}

export function escapeHost(bytes: Bytes): string {
  return escape(bytes, HOST_PLAIN);
}

/** Undefined for a `%` without two hexadecimal digits. Throws LimitReached if it gives no UTF-8. */
export function unescapeQuery(text: string): string | undefined {
  const bytes = unescape(bytesOf(text).replaceAll("+", " "));
  return bytes === undefined ? undefined : exactTextOfBytes(bytes);
}

export function unescape(bytes: Bytes): Bytes | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(bytes)) return undefined;
  return bytes.replaceAll(/%(..)/g, (_, digits: string) => byteOf(digits));
}

/** In a host only bytes beyond ASCII and `%` itself may be escaped, and not every character may stand there. */
export function unescapeHost(bytes: Bytes): Bytes | undefined {
  const isAllowed = everyCharacter(bytes, (found) => /^%(?:25|[89a-fA-F].)$/.test(found));
  return isAllowed ? unescape(bytes) : undefined;
}

/** In the zone of an address also what may stand in a host, and a space. */
export function unescapeZone(bytes: Bytes): Bytes | undefined {
  const isAllowed = everyCharacter(
    bytes,
    (found) => found === "%25" || found === "%20" || HOST_PLAIN.test(byteOf(found.slice(1))),
  );
  return isAllowed ? unescape(bytes) : undefined;
}

function everyCharacter(bytes: Bytes, allowsEscape: (escape: string) => boolean): boolean {
  const found = bytes.match(/%..|[^]/g) ?? [];
  return found.every((part) => {
    if (part.startsWith("%")) return allowsEscape(part);
    return part > "\x7f" || HOST_PLAIN.test(part);
  });
}

function byteOf(digits: string): Bytes {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

function escape(bytes: Bytes, plain: RegExp): string {
  return bytes.replaceAll(/[^]/g, (byte) =>
    plain.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
