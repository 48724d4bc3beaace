import type { RegoNumber } from "../../value.ts";
import { bitLength, divide } from "../big-float.ts";
import type { Digits } from "../go-fmt/float-digits.ts";
import { roundDigits } from "../go-fmt/float-digits.ts";
import { rationalOf } from "./exact-number.ts";

/** `mantissa` times 2 to the power of `exponent`; the last bit of the mantissa is half of the last one that counts. */
interface Halves {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** How Go prints a number that was a `big.Rat` as a `big.Float`: `1e+06`, `0.1`. */
export function limitText(number: RegoNumber): string {
  const { numerator, denominator } = rationalOf(number);
  if (numerator === 0n) return "0";
  const size = numerator < 0n ? -numerator : numerator;
  const digits = shortestDigits(halvesOf(size, denominator));
  return (numerator < 0n ? "-" : "") + formatDigits(digits);
}

/** At the precision of `Float.SetRat`. */
function halvesOf(size: bigint, denominator: bigint): Halves {
  const divisor = greatestDivisor(size, denominator);
  const [top, bottom] = [size / divisor, denominator / divisor];
  const precision = Math.max(bitLength(top), bitLength(bottom), 64);
  const { mantissa, exponent } = divide(
    { mantissa: top, exponent: 0 },
    { mantissa: bottom, exponent: 0 },
    precision,
  );
  const shift = precision + 1 - bitLength(mantissa);
  const shifted = shift < 0 ? mantissa >> BigInt(-shift) : mantissa << BigInt(shift);
  return { mantissa: shifted, exponent: exponent - shift };
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [left, right] = [a, b];
  while (right !== 0n) [left, right] = [right, left % right];
  return left;
}

/** The fewest digits that lie between this number's neighbours (math/big/ftoa.go, roundShortest). */
function shortestDigits({ mantissa, exponent }: Halves): Digits {
  const exact = decimalOf(mantissa, exponent);
  const lower = decimalOf(mantissa - 1n, exponent).digits;
  const upper = decimalOf(mantissa + 1n, exponent).digits;
  const isInclusive = (mantissa & 2n) === 0n;
  for (let count = 1; count <= exact.digits.length; count += 1) {
    const digit = digitAt(exact.digits, count);
    const above = digitAt(upper, count);
    const mayFall = digitAt(lower, count) !== digit || (isInclusive && count === lower.length);
    const mayRise = digit !== above && (isInclusive || digit + 1 < above || count < upper.length);
    if (mayFall && mayRise) return roundDigits(exact, count);
    if (mayFall !== mayRise) return cut(exact, count, mayRise);
  }
  return exact;
}

/** The last of the first `count` digits. */
function digitAt(digits: string, count: number): number {
  return Number(digits[count - 1] ?? "0");
}

/** The first digits, plus one at the last of them or not. */
function cut({ digits, point }: Digits, count: number, rises: boolean): Digits {
  if (count >= digits.length) return { digits, point };
  const kept = (BigInt(digits.slice(0, count)) + (rises ? 1n : 0n)).toString();
  return { digits: kept.replace(/0+$/, ""), point: point + kept.length - count };
}

function decimalOf(mantissa: bigint, exponent: number): Digits {
  // m / 2^n = m * 5^n / 10^n
  const text = String(exponent < 0 ? mantissa * 5n ** BigInt(-exponent) : mantissa << BigInt(exponent));
  return { digits: text.replace(/0+$/, ""), point: text.length + Math.min(exponent, 0) };
}

/** `%g`: with an exponent below -4 and from six digits before the point. */
function formatDigits({ digits, point }: Digits): string {
  const exponent = point - 1;
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const sign = exponent < 0 ? "-" : "+";
    return `${digits.charAt(0)}${fraction}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  const fraction = digits.slice(point);
  return digits.slice(0, point).padEnd(point, "0") + (fraction === "" ? "" : `.${fraction}`);
}
