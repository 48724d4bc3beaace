import type { RegoValue } from "../value.ts";
import { type DerElement, inside, objectIdentifierOf, TAG } from "./der.ts";
import { identifier, list, object } from "./x509-json.ts";

/** Attributes of a name that Go has a field for, by the last number of `2.5.4.…`. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ["2.5.4.6", "Country"],
  ["2.5.4.10", "Organization"],
  ["2.5.4.11", "OrganizationalUnit"],
  ["2.5.4.7", "Locality"],
  ["2.5.4.8", "Province"],
  ["2.5.4.9", "StreetAddress"],
  ["2.5.4.17", "PostalCode"],
]);

const BMP_STRING = 0x1e;

interface Attribute {
  readonly type: readonly bigint[];
  readonly value: string;
}

/** Go's `pkix.Name` of a distinguished name. */
export function readName(name: DerElement): RegoValue {
  const attributes = inside(name)
    .rest()
    .flatMap((set) => inside(set).rest().map(readAttribute));
  const valuesOf = (identifierText: string): readonly string[] =>
    attributes.filter(({ type }) => type.join(".") === identifierText).map(({ value }) => value);
  return object({
    ...Object.fromEntries([...LISTS].map(([type, field]) => [field, list(valuesOf(type))])),
    SerialNumber: valuesOf("2.5.4.5").at(-1) ?? "",
    CommonName: valuesOf("2.5.4.3").at(-1) ?? "",
    Names: list(attributes.map(({ type, value }) => object({ Type: identifier(type), Value: value }))),
    ExtraNames: null,
  });
}

function readAttribute(element: DerElement): Attribute {
  const reader = inside(element);
  const type = objectIdentifierOf(reader.next(TAG.objectIdentifier));
  const value = reader.next();
  return { type, value: value.tag === BMP_STRING ? wideText(value.content) : value.content.toString("utf8") };
}

/** UTF-16 with the high byte first. */
function wideText(content: Buffer): string {
  return Buffer.from(content.subarray(0, content.length & ~1))
    .swap16()
    .toString("utf16le")
    .toWellFormed();
}
