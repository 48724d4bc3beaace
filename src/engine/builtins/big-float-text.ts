import { type BigFloat, bitLength } from "./big-float.ts";
import { type Digits, roundDigits } from "./go-fmt/float-digits.ts";

/** The same for an integer with `Float.Text('f', -1)`: its first digits, then zeros. */
export function integerText(value: BigFloat, precision: number): string {
  const { digits, point } = shortestDigits(value, precision);
  return digits.padEnd(point, "0");
}

/** The same number with one bit more than the precision: the last one is half of the last that counts. */
function halvesOf({ mantissa, exponent }: BigFloat, precision: number): BigFloat {
  const shift = precision + 1 - bitLength(mantissa);
  const shifted = shift < 0 ? mantissa >> BigInt(-shift) : mantissa << BigInt(shift);
  return { mantissa: shifted, exponent: exponent - shift };
}

/** The fewest digits of a positive number that lie between its neighbours (math/big/ftoa.go, roundShortest). */
function shortestDigits(value: BigFloat, precision: number): Digits {
  const { mantissa, exponent } = halvesOf(value, precision);
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

/**
 * A positive number of a precision in bits as Go's `Float.Text('g', -1)` writes it: with an exponent below -4 and from six
 * digits before the point.
 */
export function shortestText(value: BigFloat, precision: number): string {
  const { digits, point } = shortestDigits(value, precision);
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
