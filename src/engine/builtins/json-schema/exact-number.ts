import { RegoNumber } from "../../value.ts";
import { LimitReached } from "../limit-reached.ts";
import { parseRational, type Rational, readScientific } from "../rational.ts";
import type { JsonValue } from "./json-value.ts";

/** Go's `big.Rat` takes no greater power of ten. */
const MAX_EXPONENT = 1_000_000;

/** Beyond it neither quotients nor texts of numbers are computed here. */
const MAX_COMPUTED_EXPONENT = 10_000;

/** A number that Go can hold as a `big.Rat`, else undefined. */
export function exactNumber(value: JsonValue | undefined): RegoNumber | undefined {
  return value instanceof RegoNumber && exponentOf(value) !== undefined ? value : undefined;
}

/** The power of ten of the last digit as it is written, 0 for zero. Undefined beyond Go's limits. */
function exponentOf({ text }: RegoNumber): number | undefined {
  const read = readScientific(text);
  if (read === undefined || read.mantissa === 0n) return read && 0;
  return Math.abs(read.exponent) > MAX_EXPONENT ? undefined : read.exponent;
}

/** Whether it is an integer by its value, such as `1.0` and `1e3`. */
export function isInteger(number: RegoNumber): boolean {
  if (/^-?\d+$/.test(number.text)) return true;
  const exponent = exponentOf(number);
  if (exponent === undefined) return false;
  const digits = /^-?(\d+)\.?(\d*)/.exec(number.text);
  const zeros = /0*$/.exec((digits?.[1] ?? "") + (digits?.[2] ?? ""))?.[0].length ?? 0;
  return exponent + zeros >= 0;
}

export function isMultiple(number: RegoNumber, of: RegoNumber): boolean {
  const a = rationalOf(number);
  const b = rationalOf(of);
  return (a.numerator * b.denominator) % (a.denominator * b.numerator) === 0n;
}

/** Throws beyond what is computed here. */
export function rationalOf(number: RegoNumber): Rational {
  const exponent = exponentOf(number);
  const rational =
    exponent === undefined || Math.abs(exponent) > MAX_COMPUTED_EXPONENT
      ? undefined
      : parseRational(number.text);
  if (rational === undefined) throw new LimitReached("would divide numbers with exponents beyond 10,000");
  return rational;
}
