/**
 * Writes the few ASN.1 types that an X.509 certificate is made of, in DER (ITU-T X.690).
 * It only writes: reading and checking is left to OpenSSL through node:crypto.
 */
type Der = Buffer;

function tagged(tag: number, ...contents: readonly Uint8Array[]): Der {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

/** Up to 127 in one byte, else the number of bytes that follow and then these (X.690, 8.1.3). */
function length(value: number): Buffer {
  if (value < 0x80) return Buffer.from([value]);
  const bytes = value < 0x100 ? [value] : [value >> 8, value & 0xff];
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...items: readonly Uint8Array[]): Der => tagged(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Der => tagged(0x31, ...items);
export const boolean = (value: boolean): Der => tagged(0x01, Buffer.from([value ? 0xff : 0]));
export const octetString = (content: Uint8Array): Der => tagged(0x04, content);
export const utf8String = (text: string): Der => tagged(0x0c, Buffer.from(text, "utf8"));

/** A positive integer from its big-endian bytes; a leading zero keeps it from being read as negative. */
export function integer(bytes: Uint8Array): Der {
  return tagged(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.from([0])] : []), bytes);
}

/** `unused` is how many of the last byte's low bits do not count. */
export function bitString(bits: Uint8Array, unused = 0): Der {
  return tagged(0x03, Buffer.from([unused]), bits);
}

/** e.g. `1.2.840.10045.4.3.2`. */
export function objectIdentifier(text: string): Der {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const low = value & 0x7f;
  const high = value >> 7;
  return high === 0 ? [low] : [...base128(high).map((byte) => byte | 0x80), low];
}

/** UTCTime until 2049, GeneralizedTime from 2050, as RFC 5280 (4.1.2.5) wants it. */
export function time(date: Date): Der {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

/** A context-specific tag around a whole value (EXPLICIT). */
export const explicit = (tag: number, content: Uint8Array): Der => tagged(0xa0 | tag, content);

/** A context-specific tag in place of a primitive value's own (IMPLICIT). */
export const implicit = (tag: number, content: Uint8Array): Der => tagged(0x80 | tag, content);
