import { LimitReached } from "./limit-reached.ts";

/**
 * OPA's `base64url.decode` as bytes: padding may be left out, line ends are skipped. Undefined if the text is not
 * base64 for URLs.
 */
export function decodeBase64Url(text: string): Buffer | undefined {
  const padded = text.endsWith("=") ? text : text + ["", undefined, "==", "="][text.length % 4];
  const plain = padded.replaceAll(/[\r\n]/g, "");
  return plain.length % 4 === 0 && /^[\w-]*={0,2}$/.test(plain) ? Buffer.from(plain, "base64url") : undefined;
}

/** Go's `base64.StdEncoding.DecodeString`. */
export function decodeBase64(text: string): Buffer | undefined {
  const plain = text.replaceAll(/[\r\n]/g, "");
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain)
    ? Buffer.from(plain, "base64")
    : undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the bytes are in UTF-8; undefined if they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text that the bytes are in UTF-8. Throws LimitReached if they are none: OPA has texts of any bytes. */
export function exactTextOf(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text === undefined) throw new LimitReached("would give bytes that are no UTF-8");
  return text;
}
