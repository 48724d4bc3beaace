import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from "node:crypto";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

const DAY = 24 * 60 * 60 * 1000;
const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const CRITICAL = true;

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** An issuer as `createServerCertificate` needs it: its key and the name that its own certificate has. */
export interface Authority {
  readonly commonName: string;
  readonly key: KeyObject;
}

interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

/** A self-signed certificate authority (ECDSA P-256) that can sign server certificates and nothing below them. */
export function createAuthority(commonName: string, days: number, now: Date): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const extensions = [
    extension("2.5.29.19", CRITICAL, sequence(boolean(true), integer(Buffer.from([0])))),
    // keyCertSign and cRLSign: bits 5 and 6.
    extension("2.5.29.15", CRITICAL, bitString(Buffer.from([0x06]), 1)),
  ];
  const cert = certificate({ commonName, publicKey, days, extensions }, { commonName, key: privateKey }, now);
  return { cert, key: pemKey(privateKey) };
}

/** A server certificate for DNS names and IP addresses; the first name is also its common name. */
export function createServerCertificate(
  names: { readonly dns: readonly [string, ...string[]]; readonly ip: readonly string[] },
  days: number,
  authority: Authority,
  now: Date,
): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const alternatives = [
    ...names.dns.map((name) => implicit(2, Buffer.from(name, "ascii"))),
    ...names.ip.map((address) => implicit(7, addressBytes(address))),
  ];
  const extensions = [
    extension("2.5.29.19", CRITICAL, sequence()),
    // digitalSignature: bit 0.
    extension("2.5.29.15", CRITICAL, bitString(Buffer.from([0x80]), 7)),
    // serverAuth.
    extension("2.5.29.37", !CRITICAL, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", !CRITICAL, sequence(...alternatives)),
  ];
  const cert = certificate({ commonName: names.dns[0], publicKey, days, extensions }, authority, now);
  return { cert, key: pemKey(privateKey) };
}

/** RFC 5280, section 4.1; PEM. Valid from an hour ago, for machines whose clocks differ a little. */
function certificate(subject: Subject, issuer: Authority, now: Date): string {
  const validity = [new Date(now.getTime() - DAY / 24), new Date(now.getTime() + subject.days * DAY)];
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer.commonName),
    sequence(...validity.map(time)),
    distinguishedName(subject.commonName),
    spki(subject.publicKey),
    explicit(
      3,
      sequence(
        ...subject.extensions,
        extension("2.5.29.14", !CRITICAL, octetString(keyIdentifier(subject.publicKey))),
        extension("2.5.29.35", !CRITICAL, sequence(implicit(0, keyIdentifier(createPublicKey(issuer.key))))),
      ),
    ),
  );
  const signature = sign("sha256", toBeSigned, issuer.key);
  return pem("CERTIFICATE", sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(signature)));
}

/** 16 random bytes, positive and without a leading zero, as DER wants integers. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))));
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

/** The leftmost 160 bits of the hash of the key (RFC 7093, method 4). */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash("sha256").update(spki(key)).digest().subarray(0, 20);
}

/** `127.0.0.1` as 4 bytes, `::1` as 16. */
function addressBytes(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [left = [], right = []] = address
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function pemKey(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
