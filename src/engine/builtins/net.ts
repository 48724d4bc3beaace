import { RegoObject, RegoSet, type RegoValue } from "../value.ts";
import { type Builtins, integerValue, isArray, itemsOf, ofStrings, setValue } from "./builtin.ts";
import {
  type Address,
  containsNetwork,
  firstAddress,
  formatAddress,
  lastAddress,
  type Network,
  parseAddress,
  parseCidr,
  unmapAddress,
  unmapNetwork,
} from "./ip-address.ts";
import { LimitReached } from "./limit-reached.ts";

/** Addresses that `net.cidr_expand` lists at most (a /16 of IPv4); OPA has no limit and never ends for `0.0.0.0/0`. */
const MAX_ADDRESSES = 65_536n;

/** Comparisons of `net.cidr_contains_matches`, each of two texts that are parsed: about a second. */
const MAX_COMPARISONS = 1_000_000;

/** v1/topdown/cidr.go, without what is native in WebAssembly. */
export const NET: Builtins = {
  "net.cidr_is_valid": ([cidr]) => typeof cidr === "string" && parseCidr(cidr) !== undefined,
  "net.cidr_expand": ([cidr]) => (typeof cidr === "string" ? expand(cidr) : undefined),
  "net.cidr_merge": ([cidrs]) => {
    const networks = itemsOf(cidrs)?.map(readNetwork);
    return networks?.every((network) => network !== undefined) === true ? merge(networks) : undefined;
  },
  "net.cidr_contains_matches": ([outer, inner]) => {
    if (outer === undefined || inner === undefined) return undefined;
    return containsMatches(indexedCidrs(outer), indexedCidrs(inner));
  },
};

/** In place of those of the module. */
export const CIDR: Builtins = {
  // `net.cidr_overlap` is the same.
  "net.cidr_contains": ofStrings((outer, inner) => {
    const network = parseCidr(outer);
    const other = addressOrNetwork(inner);
    return network && other && contains(network, other);
  }),
  "net.cidr_intersects": ofStrings((first, second) => {
    const [a, b] = [parseCidr(first), parseCidr(second)];
    return a && b && (contains(a, startOf(b)) || contains(b, startOf(a)));
  }),
};

/** The first address of a network. */
function startOf(network: Network): Network {
  const address = firstAddress(network);
  return { address, prefix: address.bits };
}

function expand(cidr: string): RegoValue | undefined {
  const network = parseCidr(cidr);
  if (network === undefined) return undefined;
  const { value: first, bits } = firstAddress(network);
  const count = lastAddress(network).value - first + 1n;
  if (count > MAX_ADDRESSES) throw new LimitReached("would give more than 65,536 addresses");
  return setValue(
    Array.from({ length: Number(count) }, (_, index) =>
      formatAddress({ value: first + BigInt(index), bits }),
    ),
  );
}

/** A network, or an address of IPv4 with the prefix of its class. */
function readNetwork(value: RegoValue): Network | undefined {
  if (typeof value !== "string") return undefined;
  const plain = parseAddress(value);
  if (plain === undefined) {
    const network = parseCidr(value);
    return network && unmapNetwork({ ...network, address: firstAddress(network) });
  }
  const address = unmapAddress(plain);
  return address.bits === 32 ? { address, prefix: classPrefix(address) } : undefined;
}

/** Go's `IP.DefaultMask`. */
function classPrefix({ value }: Address): number {
  if (value < 0x8000_0000n) return 8;
  return value < 0xc000_0000n ? 16 : 24;
}

/** A range of addresses; those of IPv4 count as `::ffff:…`. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
  /** The network as it was given, where it is not merged with another. */
  readonly network: Network | undefined;
}

/** Networks that touch or overlap become the fewest networks that cover the same addresses. */
function merge(networks: readonly (Network | undefined)[]): RegoValue {
  const spans = networks
    .flatMap((network) => (network === undefined ? [] : [spanOf(network)]))
    .toSorted((a, b) => order(a.last, b.last) || order(a.first, b.first));
  const merged: Span[] = [];
  for (const span of spans.toReversed()) {
    const next = merged.at(-1);
    if (next === undefined || next.first > span.last + 1n) merged.push(span);
    else {
      const first = span.first < next.first ? span.first : next.first;
      merged[merged.length - 1] = { first, last: next.last, network: undefined };
    }
  }
  return setValue(merged.flatMap(networksOf).map(formatNetwork));
}

function order(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function spanOf(network: Network): Span {
  const base = network.address.bits === 32 ? 0xffff_0000_0000n : 0n;
  return { first: base + firstAddress(network).value, last: base + lastAddress(network).value, network };
}

function networksOf({ first, last, network }: Span): readonly Network[] {
  if (network !== undefined) return [network];
  const found: Network[] = [];
  let at = first;
  while (at <= last) {
    let size = 1n;
    let prefix = 128;
    while (prefix > 0 && at % (size * 2n) === 0n && at + size * 2n - 1n <= last) {
      size *= 2n;
      prefix -= 1;
    }
    found.push(unmapNetwork({ address: { value: at, bits: 128 }, prefix }));
    at += size;
  }
  return found;
}

function formatNetwork({ address, prefix }: Network): string {
  return `${formatAddress(address)}/${prefix}`;
}

/** A text that should be a network, and what it is found by. */
interface IndexedCidr {
  readonly index: RegoValue;
  readonly cidr: RegoValue | undefined;
}

/** A text stands for itself; the members of an array, a set or an object may be arrays that begin with the text. */
function indexedCidrs(value: RegoValue): readonly IndexedCidr[] {
  if (typeof value === "string") return [{ index: value, cidr: value }];
  if (isArray(value)) return value.map((item, index) => ({ index: integerValue(index), cidr: cidrOf(item) }));
  if (value instanceof RegoSet) return value.items.map((item) => ({ index: item, cidr: cidrOf(item) }));
  if (value instanceof RegoObject)
    return value.entries.map(([key, item]) => ({ index: key, cidr: cidrOf(item) }));
  return [];
}

/** Undefined for what is neither a text nor an array that begins with anything. */
function cidrOf(item: RegoValue): RegoValue | undefined {
  if (typeof item === "string") return item;
  return isArray(item) ? item[0] : undefined;
}

function containsMatches(
  outer: readonly IndexedCidr[],
  inner: readonly IndexedCidr[],
): RegoValue | undefined {
  if (outer.length * inner.length > MAX_COMPARISONS)
    throw new LimitReached("would compare more than 1,000,000 pairs");
  const networks = outer.map(({ cidr }) => (typeof cidr === "string" ? parseCidr(cidr) : undefined));
  const others = inner.map(({ cidr }) => (typeof cidr === "string" ? addressOrNetwork(cidr) : undefined));
  if (outer.some(({ cidr }) => cidr === undefined)) return undefined;
  // OPA looks at the inner ones for each of the outer ones: with none of these it does not look at all.
  if (inner.length > 0 && networks.includes(undefined)) return undefined;
  if (outer.length > 0 && others.includes(undefined)) return undefined;
  const pairs = networks.flatMap((network, row) =>
    others.flatMap((other, column) => {
      if (network === undefined || other === undefined || !contains(network, other)) return [];
      return [[outer[row]?.index ?? null, inner[column]?.index ?? null]];
    }),
  );
  return setValue(pairs);
}

function addressOrNetwork(text: string): Network | undefined {
  const address = parseAddress(text);
  return address === undefined ? parseCidr(text) : { address, prefix: address.bits };
}

function contains(outer: Network, inner: Network): boolean {
  const first = firstAddress(inner);
  return containsNetwork(
    unmapNetwork({ ...outer, address: firstAddress(outer) }),
    unmapNetwork({ ...inner, address: first }),
  );
}
