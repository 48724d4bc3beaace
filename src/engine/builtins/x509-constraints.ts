import type { RegoValue } from "../value.ts";
import { type DerElement, DerError, DerReader, inside, TAG } from "./der.ts";
import { formatAddress } from "./ip-address.ts";
import type { Extension } from "./x509-extensions.ts";
import { list, object } from "./x509-json.ts";

/** Go's fields of the name constraints (RFC 5280 section 4.2.1.10), null where there is none. */
export function nameConstraintsJson(extension: Extension | undefined): Readonly<Record<string, RegoValue>> {
  const reader = extension && inside(new DerReader(extension.value).next(TAG.sequence));
  const [permitted, excluded] = [reader?.optional(0xa0), reader?.optional(0xa1)];
  return {
    PermittedDNSDomainsCritical: extension?.isCritical ?? false,
    ...subtrees("Permitted", permitted),
    ...subtrees("Excluded", excluded),
  };
}

/** Whether there are constraints that Go does not understand, such as those of directory names. */
export function hasOtherConstraints(value: Buffer): boolean {
  const reader = inside(new DerReader(value).next(TAG.sequence));
  const bases = [...basesIn(reader.optional(0xa0)), ...basesIn(reader.optional(0xa1))];
  return bases.some(({ tag }) => ![0x81, 0x82, 0x86, 0x87].includes(tag));
}

function basesIn(element: DerElement | undefined): readonly DerElement[] {
  const all = element === undefined ? [] : inside(element).rest();
  return all.map((subtree) => inside(subtree).next());
}

function subtrees(kind: string, element: DerElement | undefined): Readonly<Record<string, RegoValue>> {
  const bases = basesIn(element);
  const textsOf = (tag: number): RegoValue =>
    list(bases.filter((base) => base.tag === tag).map(({ content }) => content.toString("latin1")));
  return {
    [`${kind}DNSDomains`]: textsOf(0x82),
    [`${kind}EmailAddresses`]: textsOf(0x81),
    [`${kind}URIDomains`]: textsOf(0x86),
    [`${kind}IPRanges`]: list(
      bases.filter(({ tag }) => tag === 0x87).map(({ content }) => rangeJson(content)),
    ),
  };
}

/** An address and its mask, Go's `net.IPNet`. */
function rangeJson(content: Buffer): RegoValue {
  if (content.length !== 8 && content.length !== 32) throw new DerError("IP range");
  const half = content.length / 2;
  const [address, mask] = [content.subarray(0, half), content.subarray(half)];
  const value = BigInt(`0x${address.toString("hex")}`);
  return object({
    IP: formatAddress({ value, bits: half === 4 ? 32 : 128 }),
    Mask: mask.toString("base64"),
  });
}
