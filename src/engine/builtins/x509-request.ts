import type { RegoValue } from "../value.ts";
import { bitsOf, type DerElement, DerReader, inside, integerOf, objectIdentifierOf, TAG } from "./der.ts";
import {
  alternativeNamesJson,
  type Extension,
  extensionJson,
  NO_NAMES,
  readAlternativeNames,
  readExtensions,
} from "./x509-extensions.ts";
import { bytes, identifier, list, number, object } from "./x509-json.ts";
import { readPublicKey, signatureAlgorithm } from "./x509-key.ts";
import { readName } from "./x509-name.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** Go's JSON of `x509.CertificateRequest`. Throws DerError, or what node:crypto throws for a key. */
export function certificateRequestJson(der: Buffer): RegoValue {
  const outer = new DerReader(der).next(TAG.sequence);
  const whole = inside(outer);
  const tbs = whole.next(TAG.sequence);
  const algorithm = whole.next(TAG.sequence);
  const signature = bitsOf(whole.next(TAG.bitString));
  const reader = inside(tbs);
  const version = integerOf(reader.next(TAG.integer));
  const subject = reader.next(TAG.sequence);
  const keyInfo = reader.next(TAG.sequence);
  const { algorithm: keyAlgorithm, key } = readPublicKey(keyInfo);
  const attributes = reader.optional(0xa0);
  const items = attributes === undefined ? [] : inside(attributes).rest();
  return object({
    Raw: bytes(outer.raw),
    RawTBSCertificateRequest: bytes(tbs.raw),
    RawSubjectPublicKeyInfo: bytes(keyInfo.raw),
    RawSubject: bytes(subject.raw),
    Version: number(version),
    Signature: bytes(signature),
    SignatureAlgorithm: number(signatureAlgorithm(algorithm)),
    PublicKeyAlgorithm: number(keyAlgorithm),
    PublicKey: key,
    Subject: readName(subject),
    ...attributeFields(items),
  });
}

function attributeFields(attributes: readonly DerElement[]): Readonly<Record<string, RegoValue>> {
  const extensions = attributes.flatMap(requestedExtensions);
  const names = extensions.find(({ id }) => id.join(".") === "2.5.29.17");
  return {
    Attributes: list(attributes.flatMap(attributeJson)),
    Extensions: list(extensions.map(extensionJson)),
    ExtraExtensions: null,
    ...alternativeNamesJson(names === undefined ? NO_NAMES : readAlternativeNames(names.value)),
  };
}

/** Of the first attribute that asks for extensions. */
function requestedExtensions(attribute: DerElement): readonly Extension[] {
  const reader = inside(attribute);
  const type = objectIdentifierOf(reader.next(TAG.objectIdentifier)).join(".");
  const values = reader.next(TAG.set);
  return type === EXTENSION_REQUEST ? readExtensions(inside(values).next(TAG.sequence)) : [];
}

/** Go keeps attributes whose values are lists of a type and a value each; of others nothing. */
function attributeJson(attribute: DerElement): readonly RegoValue[] {
  const reader = inside(attribute);
  const type = objectIdentifierOf(reader.next(TAG.objectIdentifier));
  const sets = inside(reader.next(TAG.set)).rest();
  if (sets.some(({ tag }) => tag !== TAG.sequence)) return [];
  const values = sets.map((set) => inside(set).rest());
  if (values.flat().some(({ tag }) => tag !== TAG.sequence)) return [];
  return [object({ Type: identifier(type), Value: values.map((pairs) => pairs.map(pairJson)) })];
}

function pairJson(pair: DerElement): RegoValue {
  const reader = inside(pair);
  const type = objectIdentifierOf(reader.next(TAG.objectIdentifier));
  const value = reader.next();
  return object({ Type: identifier(type), Value: valueJson(value) });
}

function valueJson(element: DerElement): RegoValue {
  if (element.tag === TAG.boolean) return element.content[0] !== 0;
  if (element.tag === TAG.octetString) return bytes(element.content);
  return element.tag === TAG.integer ? number(integerOf(element)) : element.content.toString("utf8");
}
