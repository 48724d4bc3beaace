import type { RegoValue } from "../value.ts";
import {
  bitsOf,
  type DerElement,
  DerError,
  DerReader,
  inside,
  integerOf,
  objectIdentifierOf,
  TAG,
} from "./der.ts";
import { formatAddress } from "./ip-address.ts";
import { hasDefaultPath, parseUri } from "./uri.ts";
import { bytes, identifier, list, object } from "./x509-json.ts";

export interface Extension {
  readonly id: readonly bigint[];
  readonly isCritical: boolean;
  readonly value: Buffer;
}

/** The extensions in a sequence of them. */
export function readExtensions(sequence: DerElement): readonly Extension[] {
  return inside(sequence)
    .rest()
    .map((element) => {
      const reader = inside(element);
      const id = objectIdentifierOf(reader.next(TAG.objectIdentifier));
      const isCritical = (reader.optional(TAG.boolean)?.content[0] ?? 0) !== 0;
      return { id, isCritical, value: reader.next(TAG.octetString).content };
    });
}

export function extensionJson({ id, isCritical, value }: Extension): RegoValue {
  return object({ Id: identifier(id), Critical: isCritical, Value: bytes(value) });
}

/** Names that an extension gives to the subject, each as Go writes it. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly ip: readonly string[];
  readonly uri: readonly string[];
}

export const NO_NAMES: AlternativeNames = { dns: [], email: [], ip: [], uri: [] };

/** subjectAltName (RFC 5280 section 4.2.1.6). */
export function readAlternativeNames(value: Buffer): AlternativeNames {
  const names = inside(new DerReader(value).next(TAG.sequence)).rest();
  const textsOf = (tag: number): readonly string[] =>
    names.filter((name) => name.tag === tag).map(({ content }) => content.toString("latin1"));
  return {
    email: textsOf(0x81),
    dns: textsOf(0x82),
    uri: textsOf(0x86),
    ip: names.filter(({ tag }) => tag === 0x87).map(({ content }) => ipText(content)),
  };
}

function ipText(content: Buffer): string {
  if (content.length !== 4 && content.length !== 16) throw new DerError("IP address");
  return formatAddress({
    value: BigInt(`0x${content.toString("hex")}`),
    bits: content.length === 4 ? 32 : 128,
  });
}

export function alternativeNamesJson(names: AlternativeNames): Readonly<Record<string, RegoValue>> {
  return {
    DNSNames: list(names.dns),
    EmailAddresses: list(names.email),
    IPAddresses: list(names.ip),
    URIs: list(names.uri.map(uriJson)),
  };
}

/** Go's `url.URL`. */
function uriJson(text: string): RegoValue {
  const uri = parseUri(text);
  if (uri === undefined) throw new DerError("URI");
  return object({
    Scheme: uri.scheme,
    Opaque: uri.opaque,
    User: null,
    Host: uri.host,
    Path: uri.path,
    RawPath: hasDefaultPath(uri) ? "" : uri.rawPath,
    OmitHost: uri.scheme !== "" && /^[^:]*:\/(?!\/)/.test(text),
    ForceQuery: uri.forcesQuery,
    RawQuery: uri.query,
    Fragment: uri.fragment,
    RawFragment: "",
  });
}

/** The bits of a key usage as Go counts them: the first bit is 1. */
export function readKeyUsage(value: Buffer): number {
  const [first = 0, second = 0] = bitsOf(new DerReader(value).next(TAG.bitString));
  const bits = Array.from({ length: 9 }, (_, index) =>
    index < 8 ? (first >> (7 - index)) & 1 : (second >> 7) & 1,
  );
  return bits.reduce((usage, bit, index) => usage | (bit << index), 0);
}

export interface BasicConstraints {
  readonly isCa: boolean;
  /** -1 if there is none. */
  readonly maxPathLength: number;
}

export function readBasicConstraints(value: Buffer): BasicConstraints {
  const reader = inside(new DerReader(value).next(TAG.sequence));
  const isCa = (reader.optional(TAG.boolean)?.content[0] ?? 0) !== 0;
  const length = reader.optional(TAG.integer);
  return { isCa, maxPathLength: length === undefined ? -1 : Number(integerOf(length)) };
}

/** Go's `x509.ExtKeyUsage` by the identifier. */
const EXTENDED_USAGES: ReadonlyMap<string, number> = new Map(
  [
    "2.5.29.37.0",
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((usage) => `1.3.6.1.5.5.7.3.${usage}`),
    "1.3.6.1.4.1.311.10.3.3",
    "2.16.840.1.113730.4.1",
    "1.3.6.1.4.1.311.2.1.22",
    "1.3.6.1.4.1.311.61.1.1",
  ].map((name, index) => [name, index]),
);

export function readExtendedKeyUsage(value: Buffer): {
  readonly known: readonly number[];
  readonly unknown: readonly (readonly bigint[])[];
} {
  const ids = inside(new DerReader(value).next(TAG.sequence)).rest().map(objectIdentifierOf);
  return {
    known: ids.flatMap((id) => usageOf(id) ?? []),
    unknown: ids.filter((id) => usageOf(id) === undefined),
  };
}

function usageOf(id: readonly bigint[]): number | undefined {
  return EXTENDED_USAGES.get(id.join("."));
}

/** The URLs of an AuthorityInfoAccess for one method (`1` is OCSP, `2` the issuer's certificate). */
export function accessUrls(value: Buffer, method: 1 | 2): readonly string[] {
  return inside(new DerReader(value).next(TAG.sequence))
    .rest()
    .flatMap((element) => {
      const [id, location] = inside(element).rest();
      if (id === undefined || location?.tag !== 0x86) return [];
      return objectIdentifierOf(id).join(".") === `1.3.6.1.5.5.7.48.${method}`
        ? [location.content.toString("latin1")]
        : [];
    });
}

export function revocationListUrls(value: Buffer): readonly string[] {
  return inside(new DerReader(value).next(TAG.sequence))
    .rest()
    .flatMap((point) => {
      const name = inside(point).optional(0xa0);
      const fullName = name && inside(name).optional(0xa0);
      const names = fullName === undefined ? [] : inside(fullName).rest();
      return names.filter(({ tag }) => tag === 0x86).map(({ content }) => content.toString("latin1"));
    });
}

export function readPolicies(value: Buffer): readonly (readonly bigint[])[] {
  return inside(new DerReader(value).next(TAG.sequence))
    .rest()
    .map((policy) => objectIdentifierOf(inside(policy).next(TAG.objectIdentifier)));
}

/** The key identifier; null if there is none. */
export function readAuthorityKeyId(value: Buffer): RegoValue {
  const id = inside(new DerReader(value).next(TAG.sequence)).optional(0x80);
  return id === undefined ? null : bytes(id.content);
}
