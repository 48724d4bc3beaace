import { type Flags, NO_FLAGS, pad, padWithSpaces } from "./flags.ts";
import { isPrint, quoteRune } from "./quote.ts";

export type Base = 2 | 8 | 10 | 16;

/** The rune that Go shows for what is no code point. */
const REPLACEMENT = "\ufffd";
const MAX_RUNE = 0x10ffffn;

const BIG_PREFIXES: Readonly<Record<string, string>> = { b: "0b", o: "0", x: "0x", X: "0X" };

/** `%d`, `%b`, `%o`, `%O`, `%x`, `%X` of an integer of 64 bits (fmt/format.go, fmtInteger). */
export function formatInteger(value: bigint, base: Base, verb: string, flags: Flags): string {
  // Precision 0 of value 0 prints nothing but the padding.
  if (flags.precision === 0 && value === 0n) return padWithSpaces("", { ...flags, minus: false });
  const digits = magnitude(value, base, verb).padStart(minimumDigits(value, flags), "0");
  const prefix = flags.sharp || verb === "O" ? basePrefix(base, verb, digits, flags.sharp) : "";
  return padWithSpaces(sign(value, flags) + prefix + digits, flags);
}

/** The same of an integer beyond 64 bits (math/big/intconv.go, Int.Format), which treats `+v`, `#O` and zeros otherwise. */
export function formatBigInteger(value: bigint, base: Base, verb: string, flags: Flags): string {
  const digits = magnitude(value, base, verb);
  const lead = sign(value, { ...flags, plus: flags.plus || flags.plusV });
  const prefix = bigPrefix(verb, flags);
  const precise = digits.padStart(flags.precision ?? 0, "0");
  const free = (flags.width ?? 0) - lead.length - prefix.length - precise.length;
  if (free > 0 && flags.zero && !flags.minus && flags.precision === undefined) {
    return lead + prefix + "0".repeat(free) + precise;
  }
  return padWithSpaces(lead + prefix + precise, flags);
}

/** `%U`: `U+0078`, with `#` followed by the character. */
export function formatUnicode(value: bigint, flags: Flags): string {
  const code = BigInt.asUintN(64, value);
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, flags.precision ?? 0), "0");
  const character = flags.sharp && isRune(code) ? toRune(value) : "";
  return padWithSpaces(`U+${digits}${isPrint(character) ? ` '${character}'` : ""}`, flags);
}

/** `%c`. */
export function formatCharacter(value: bigint, flags: Flags): string {
  return pad(toRune(value), flags);
}

/** `%q` of an integer: the character in single quotes. */
export function formatQuotedCharacter(value: bigint, flags: Flags): string {
  return pad(quoteRune(toRune(value), flags.plus), flags);
}

/** What Go's reflection prints of a `*big.Int`: its fields, the magnitude as words of 64 bits, lowest first. */
export function formatBigIntegerFields(value: bigint, flags: Flags): string {
  const words: bigint[] = [];
  for (let rest = absolute(value); rest > 0n; rest >>= 64n) words.push(BigInt.asUintN(64, rest));
  const negative = pad(String(value < 0n), flags);
  if (flags.sharpV) {
    const hex = words.map((word) => formatInteger(word, 16, "v", { ...flags, sharp: true }));
    return `&big.Int{neg:${negative}, abs:big.nat{${hex.join(", ")}}}`;
  }
  const decimal = words.map((word) => formatInteger(word, 10, "v", flags)).join(" ");
  return flags.plusV ? `&{neg:${negative} abs:[${decimal}]}` : `&{${negative} [${decimal}]}`;
}

function toRune(value: bigint): string {
  const code = BigInt.asUintN(64, value);
  return isRune(code) ? String.fromCodePoint(Number(code)) : REPLACEMENT;
}

/** Surrogates are no runes. */
function isRune(code: bigint): boolean {
  return code < 0xd800n || (code > 0xdfffn && code <= MAX_RUNE);
}

function magnitude(value: bigint, base: Base, verb: string): string {
  const digits = absolute(value).toString(base);
  return verb === "X" ? digits.toUpperCase() : digits;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function sign(value: bigint, flags: Pick<Flags, "plus" | "space">): string {
  if (value < 0n) return "-";
  if (flags.plus) return "+";
  return flags.space ? " " : "";
}

/** Zeros asked for by the precision or, without one, by the flag `0` up to the width. */
function minimumDigits(value: bigint, flags: Flags): number {
  if (flags.precision !== undefined) return flags.precision;
  if (!flags.zero || flags.minus || flags.width === undefined) return 0;
  return flags.width - sign(value, flags).length;
}

function basePrefix(base: Base, verb: string, digits: string, isSharp: boolean): string {
  const octal = verb === "O" ? "0o" : "";
  if (!isSharp) return octal;
  if (base === 2) return "0b";
  if (base === 8) return octal + (digits.startsWith("0") ? "" : "0");
  if (base === 16) return verb === "X" ? "0X" : "0x";
  return "";
}

function bigPrefix(verb: string, flags: Flags): string {
  if (verb === "O") return "0o";
  if (!flags.sharp && !flags.sharpV) return "";
  return BIG_PREFIXES[verb] ?? "";
}

/** Decimal text without any flag. */
export function plainInteger(value: bigint): string {
  return formatInteger(value, 10, "d", NO_FLAGS);
}
