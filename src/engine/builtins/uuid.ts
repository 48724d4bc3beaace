import type { RegoValue } from "../value.ts";
import { type Builtins, integerValue, objectValue, ofStrings } from "./builtin.ts";

const UUID = /^(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;

/** Between 1582-10-15, where UUIDs count from, and 1970-01-01, in units of 100 ns. */
const UNIX_EPOCH = 122_192_928_000_000_000n;

const DOMAINS = ["Person", "Group", "Org"];

/** internal/uuid/uuid.go. */
export const UUID_PARSE: Builtins = { "uuid.parse": ofStrings(parseUuid) };

function parseUuid(text: string): RegoValue | undefined {
  const found = UUID.exec(withDashes(text));
  if (found === null) return undefined;
  const bytes = Buffer.from(found.slice(1).join(""), "hex");
  const version = bytes.readUInt8(6) >> 4;
  return objectValue([
    ["version", integerValue(version)],
    ["variant", variantOf(bytes.readUInt8(8))],
    ...(version === 1 || version === 2 ? timeBased(bytes) : []),
    ...(version === 2 ? domainBased(bytes) : []),
  ]);
}

/** Without any two characters around it, as the library takes it, and with the dashes that may be left out. */
function withDashes(text: string): string {
  const inner = text.length === 38 ? text.slice(1, -1) : text;
  const isPlain = /^[0-9a-f]{32}$/i.test(inner) && inner === text;
  return isPlain ? inner.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : inner;
}

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return "RFC4122";
  if ((byte & 0xe0) === 0xc0) return "Microsoft";
  return (byte & 0xe0) === 0xe0 ? "Future" : "Reserved";
}

function timeBased(bytes: Buffer): readonly (readonly [string, RegoValue])[] {
  const high = BigInt(bytes.readUInt16BE(6) & 0x0fff) << 48n;
  const time = high | (BigInt(bytes.readUInt16BE(4)) << 32n) | BigInt(bytes.readUInt32BE(0));
  return [
    ["time", integerValue(BigInt.asIntN(64, (time - UNIX_EPOCH) * 100n))],
    ["nodeid", Array.from(bytes.subarray(10), (byte) => byte.toString(16).padStart(2, "0")).join("-")],
    ["macvariables", macOf(bytes.readUInt8(10))],
    ["clocksequence", integerValue(bytes.readUInt16BE(8) & 0x3fff)],
  ];
}

function macOf(byte: number): string {
  return `${(byte & 2) === 0 ? "global" : "local"}:${(byte & 1) === 0 ? "unicast" : "multicast"}`;
}

function domainBased(bytes: Buffer): readonly (readonly [string, RegoValue])[] {
  const domain = bytes.readUInt8(9);
  return [
    ["id", integerValue(bytes.readUInt32BE(0))],
    ["domain", DOMAINS[domain] ?? `Domain${domain}`],
  ];
}
