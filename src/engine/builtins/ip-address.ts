/** An address of IPv4 (32 bits) or IPv6 (128 bits). */
export interface Address {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** A block of addresses: those that begin with the first `prefix` bits of `address`. */
export interface Network {
  readonly address: Address;
  readonly prefix: number;
}

/** Go's `netip.ParseAddr` without a zone; undefined if the text is no address. */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(":")) return parseIpv6(text);
  const value = parseIpv4(text);
  return value === undefined ? undefined : { value, bits: 32 };
}

function parseIpv4(text: string): bigint | undefined {
  const fields = text.split(".");
  if (
    fields.length !== 4 ||
    !fields.every((field) => /^(?:0|[1-9]\d{0,2})$/.test(field) && Number(field) <= 255)
  )
    return undefined;
  return fields.reduce((value, field) => value * 256n + BigInt(field), 0n);
}

function parseIpv6(text: string): Address | undefined {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const left = readGroups(head, tail === undefined);
  const right = tail === undefined ? [] : readGroups(tail, true);
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => 0n), ...right];
  return { value: groups.reduce((value, group) => (value << 16n) | group, 0n), bits: 128 };
}

/** Groups of 16 bits; the last two may be written as an address of IPv4. */
function readGroups(text: string, isEnd: boolean): readonly bigint[] | undefined {
  if (text === "") return [];
  const fields = text.split(":");
  const last = fields.at(-1) ?? "";
  const ipv4 = isEnd && last.includes(".") ? parseIpv4(last) : undefined;
  const plain = ipv4 === undefined ? fields : fields.slice(0, -1);
  if (!plain.every((field) => /^[0-9a-fA-F]{1,4}$/.test(field))) return undefined;
  const groups = plain.map((field) => BigInt(`0x${field}`));
  return ipv4 === undefined ? groups : [...groups, ipv4 >> 16n, ipv4 & 0xffffn];
}

/** Go's `net.ParseCIDR`: the address as written and the length of the prefix. */
export function parseCidr(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(text.slice(0, Math.max(slash, 0)));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,9}$/.test(length)) return undefined;
  const prefix = Number(length);
  return prefix > address.bits ? undefined : { address, prefix };
}

/** Go takes an IPv4-mapped address (`::ffff:1.2.3.4`) for one of IPv4. */
export function unmapAddress(address: Address): Address {
  const isMapped = address.bits === 128 && address.value >> 32n === 0xffffn;
  return isMapped ? { value: address.value & 0xffff_ffffn, bits: 32 } : address;
}

export function unmapNetwork(network: Network): Network {
  const address = unmapAddress(network.address);
  return address === network.address ? network : { address, prefix: Math.max(network.prefix - 96, 0) };
}

export function firstAddress({ address, prefix }: Network): Address {
  const rest = BigInt(address.bits - prefix);
  return { value: (address.value >> rest) << rest, bits: address.bits };
}

export function lastAddress(network: Network): Address {
  const rest = BigInt(network.address.bits - network.prefix);
  return { value: firstAddress(network).value | ((1n << rest) - 1n), bits: network.address.bits };
}

/** Whether all addresses of the second network are in the first. */
export function containsNetwork(outer: Network, inner: Network): boolean {
  if (outer.address.bits !== inner.address.bits || outer.prefix > inner.prefix) return false;
  return firstAddress(outer).value === firstAddress({ ...inner, prefix: outer.prefix }).value;
}

/** Go's `IP.String`. */
export function formatAddress(address: Address): string {
  const { value, bits } = unmapAddress(address);
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  return shorten(groups.map((group) => group.toString(16)));
}

/** Writes `::` for the longest run of two or more zeros, the first of equally long ones. */
function shorten(groups: readonly string[]): string {
  const runs = [...groups.join(":").matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce((length, [run]) => Math.max(length, run.length), 0);
  const run = runs.find(([text]) => text.length === longest);
  if (run === undefined) return groups.join(":");
  const text = groups.join(":");
  const before = text.slice(0, run.index).replace(/:$/, "");
  const after = text.slice(run.index + longest).replace(/^:/, "");
  return `${before}::${after}`;
}
