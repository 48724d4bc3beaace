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
import { parseTime } from "./go-time/parse.ts";
import {
  accessUrls,
  alternativeNamesJson,
  type Extension,
  extensionJson,
  NO_NAMES,
  readAlternativeNames,
  readAuthorityKeyId,
  readBasicConstraints,
  readExtendedKeyUsage,
  readExtensions,
  readKeyUsage,
  readPolicies,
  revocationListUrls,
} from "./x509-extensions.ts";
import { bytes, identifier, list, number, object } from "./x509-json.ts";
import { readPublicKey, signatureAlgorithm } from "./x509-key.ts";
import { readName } from "./x509-name.ts";
import { hasOtherConstraints, nameConstraintsJson } from "./x509-constraints.ts";

/** The certificates that lie one after the other in the bytes, each with its own bytes; throws DerError. */
export function splitCertificates(der: Buffer): readonly Buffer[] {
  return new DerReader(der).rest().map(({ raw }) => raw);
}

/** Go's JSON of `x509.Certificate`. Throws DerError, or what node:crypto throws for a key. */
export function certificateJson(der: Buffer): RegoValue {
  const outer = new DerReader(der).next(TAG.sequence);
  const whole = inside(outer);
  const tbs = whole.next(TAG.sequence);
  const algorithm = whole.next(TAG.sequence);
  const signature = bitsOf(whole.next(TAG.bitString));
  return object({
    Raw: bytes(outer.raw),
    RawTBSCertificate: bytes(tbs.raw),
    Signature: bytes(signature),
    SignatureAlgorithm: number(signatureAlgorithm(algorithm)),
    ...signedFields(tbs),
  });
}

function signedFields(tbs: DerElement): Readonly<Record<string, RegoValue>> {
  const reader = inside(tbs);
  const explicitVersion = reader.optional(0xa0);
  const version = explicitVersion === undefined ? 0n : integerOf(inside(explicitVersion).next(TAG.integer));
  const serial = integerOf(reader.next(TAG.integer));
  reader.next(TAG.sequence);
  const issuer = reader.next(TAG.sequence);
  const validity = inside(reader.next(TAG.sequence));
  const [notBefore, notAfter] = [timeText(validity.next()), timeText(validity.next())];
  const subject = reader.next(TAG.sequence);
  const keyInfo = reader.next(TAG.sequence);
  const { algorithm, key } = readPublicKey(keyInfo);
  const last = reader.rest().find(({ tag }) => tag === 0xa3);
  const extensions = last === undefined ? [] : readExtensions(inside(last).next(TAG.sequence));
  return {
    Version: number(version + 1n),
    SerialNumber: number(serial),
    Issuer: readName(issuer),
    RawIssuer: bytes(issuer.raw),
    NotBefore: notBefore,
    NotAfter: notAfter,
    Subject: readName(subject),
    RawSubject: bytes(subject.raw),
    PublicKeyAlgorithm: number(algorithm),
    PublicKey: key,
    RawSubjectPublicKeyInfo: bytes(keyInfo.raw),
    Extensions: list(extensions.map(extensionJson)),
    ExtraExtensions: null,
    ...extensionFields(extensions),
  };
}

/** `2025-01-31T00:00:00Z`; years of two digits are of 1950 to 2049. */
function timeText({ tag, content }: DerElement): string {
  const text = content.toString("latin1");
  const year = Number(text.slice(0, 2));
  const full = tag === TAG.utcTime ? `${year >= 50 ? "19" : "20"}${text}` : text;
  const shown = full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
  if (parseTime("2006-01-02T15:04:05Z07:00", shown) === undefined) throw new DerError("time");
  return shown;
}

/** Go's fields of the extensions that it knows, null or zero where there is none. */
function extensionFields(extensions: readonly Extension[]): Readonly<Record<string, RegoValue>> {
  const find = (id: string): Buffer | undefined => valueOf(extensions, id);
  const [access, keyId, authority, lists] = ["1.3.6.1.5.5.7.1.1", "2.5.29.14", "2.5.29.35", "2.5.29.31"].map(
    find,
  );
  return {
    ...constraintFields(find("2.5.29.19")),
    ...usageFields(find("2.5.29.15"), find("2.5.29.37")),
    ...nameFields(find("2.5.29.17")),
    ...policyFields(extensions),
    ...nameConstraintsJson(extensions.find(({ id }) => id.join(".") === "2.5.29.30")),
    SubjectKeyId: keyId === undefined ? null : bytes(new DerReader(keyId).next(TAG.octetString).content),
    AuthorityKeyId: authority === undefined ? null : readAuthorityKeyId(authority),
    OCSPServer: list(access === undefined ? [] : accessUrls(access, 1)),
    IssuingCertificateURL: list(access === undefined ? [] : accessUrls(access, 2)),
    CRLDistributionPoints: list(lists === undefined ? [] : revocationListUrls(lists)),
    UnhandledCriticalExtensions: list(extensions.filter(isUnhandled).map(({ id }) => identifier(id))),
  };
}

function valueOf(extensions: readonly Extension[], wanted: string): Buffer | undefined {
  return extensions.find(({ id }) => id.join(".") === wanted)?.value;
}

function constraintFields(value: Buffer | undefined): Readonly<Record<string, RegoValue>> {
  const { isCa, maxPathLength } =
    value === undefined ? { isCa: false, maxPathLength: 0 } : readBasicConstraints(value);
  return {
    BasicConstraintsValid: value !== undefined,
    IsCA: isCa,
    MaxPathLen: number(maxPathLength),
    MaxPathLenZero: value !== undefined && maxPathLength === 0,
  };
}

function usageFields(
  usage: Buffer | undefined,
  extended: Buffer | undefined,
): Readonly<Record<string, RegoValue>> {
  const { known, unknown } =
    extended === undefined ? { known: [], unknown: [] } : readExtendedKeyUsage(extended);
  return {
    KeyUsage: number(usage === undefined ? 0 : readKeyUsage(usage)),
    ExtKeyUsage: list(known.map(number)),
    UnknownExtKeyUsage: list(unknown.map(identifier)),
  };
}

function nameFields(value: Buffer | undefined): Readonly<Record<string, RegoValue>> {
  const names = value === undefined ? NO_NAMES : readAlternativeNames(value);
  return { URIStrings: list(names.uri), ...alternativeNamesJson(names) };
}

const HANDLED = /^(?:2\.5\.29\.(?:14|15|17|19|30|31|32|33|35|36|37|54)|1\.3\.6\.1\.5\.5\.7\.1\.1)$/;

/** What Go does not understand, though the certificate demands it. */
function isUnhandled({ id, isCritical, value }: Extension): boolean {
  const name = id.join(".");
  if (!isCritical) return false;
  return !HANDLED.test(name) || (name === "2.5.29.30" && hasOtherConstraints(value));
}

function policyFields(extensions: readonly Extension[]): Readonly<Record<string, RegoValue>> {
  const find = (id: string): Buffer | undefined => valueOf(extensions, id);
  const [policies, mappings, constraints, any] = [32, 33, 36, 54].map((last) => find(`2.5.29.${last}`));
  const reader = constraints && inside(new DerReader(constraints).next(TAG.sequence));
  const names = policies === undefined ? [] : readPolicies(policies);
  return {
    PolicyIdentifiers: list(names.map(identifier)),
    Policies: list(names.map((policy) => policy.join("."))),
    PolicyMappings: mappings === undefined ? null : readMappings(mappings),
    ...counted("RequireExplicitPolicy", reader?.optional(0x80)),
    ...counted("InhibitPolicyMapping", reader?.optional(0x81)),
    ...counted("InhibitAnyPolicy", any && new DerReader(any).next(TAG.integer)),
  };
}

function counted(name: string, element: DerElement | undefined): Readonly<Record<string, RegoValue>> {
  const value = element === undefined ? undefined : integerOf(element);
  return { [name]: number(value ?? 0n), [`${name}Zero`]: value === 0n };
}

function readMappings(value: Buffer): RegoValue {
  const pairs = inside(new DerReader(value).next(TAG.sequence)).rest();
  return list(
    pairs.map((pair) => {
      const [issuer, subject] = inside(pair)
        .rest()
        .map((id) => objectIdentifierOf(id).join("."));
      return object({ IssuerDomainPolicy: issuer ?? "", SubjectDomainPolicy: subject ?? "" });
    }),
  );
}
