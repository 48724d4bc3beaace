import { type Builtins, ofStrings } from "./builtin.ts";
import { RegoNumber, type RegoValue } from "../value.ts";
import { multiply, parseFloat64Bits, truncate } from "./big-float.ts";
import { type Rational, formatRational, parseRational } from "./rational.ts";

/** v1/topdown/parse_units.go and parse_bytes.go. */
export const UNITS: Builtins = {
  "units.parse": ofStrings(parseUnits),
  "units.parse_bytes": ofStrings(parseBytes),
};

/** OPA takes the double 0.001, which is a little more: `units.parse("1000m")` is `1.0000000000` and no integer. */
const MILLI: Rational = { numerator: 1152921504606847n, denominator: 2n ** 60n };

/** Digits behind the point of a result that is no integer. */
const FRACTION_DIGITS = 10;

/** An exponent of more digits would make the arithmetic take minutes. */
const EXPONENT_DIGITS = 6;

const POWERS = ["k", "m", "g", "t", "p", "e"];

function parseUnits(text: string): RegoValue | undefined {
  const parts = splitUnit(text.replaceAll('"', ""));
  const factor = parts && unitFactor(parts.unit.slice(0, 1) + lowerCase(parts.unit.slice(1)));
  const amount = parts && parseRational(parts.amount);
  if (factor === undefined || amount === undefined) return undefined;
  const product = {
    numerator: amount.numerator * factor.numerator,
    denominator: amount.denominator * factor.denominator,
  };
  return new RegoNumber(formatRational(product, FRACTION_DIGITS));
}

/** `m` is milli, `M` mega; every other first letter may be of either case. */
function unitFactor(unit: string): Rational | undefined {
  if (unit === "m") return MILLI;
  const factor = binaryOrDecimal(unit, /^([kmgtpe])(i?)$/i);
  return factor === undefined ? undefined : { numerator: factor, denominator: 1n };
}

function parseBytes(text: string): RegoValue | undefined {
  const parts = splitUnit(lowerCase(text).replaceAll('"', ""));
  const factor = parts && binaryOrDecimal(parts.unit, /^([kmgtpe])(i?)b?$/);
  const amount = parts && parseFloat64Bits(parts.amount);
  if (factor === undefined || amount === undefined) return undefined;
  return new RegoNumber(String(truncate(multiply(amount, { mantissa: factor, exponent: 0 }, 64))));
}

function binaryOrDecimal(unit: string, pattern: RegExp): bigint | undefined {
  if (unit === "") return 1n;
  const [, letter = "", binary] = pattern.exec(unit) ?? [];
  const power = POWERS.indexOf(letter.toLowerCase());
  if (power < 0) return undefined;
  return (binary === "i" ? 1024n : 1000n) ** BigInt(power + 1);
}

/**
 * Splits `10.5Gi` as OPA's extractNumAndUnit does: an `e` belongs to the number if a digit or a sign follows.
 * Undefined without an amount, with a space or with too long an exponent.
 */
function splitUnit(text: string): { readonly amount: string; readonly unit: string } | undefined {
  const [amount = ""] = /^(?:[0-9.+-]|[eE](?=[0-9+-]))*/.exec(text) ?? [];
  const hasLongExponent = new RegExp(`[eE][+-]?[0-9]{${EXPONENT_DIGITS + 1}}`).test(amount);
  if (amount === "" || text.includes(" ") || hasLongExponent) return undefined;
  return { amount, unit: text.slice(amount.length) };
}

/** Go lowers one code point to one code point: `İ` becomes `i`, in JavaScript `i` and a dot above. */
function lowerCase(text: string): string {
  return text.replaceAll("İ", "i").toLowerCase();
}
