import type { RegoNumber } from "../../value.ts";
import { bitLength, divide } from "../big-float.ts";
import { shortestText } from "../big-float-text.ts";
import { rationalOf } from "./exact-number.ts";

/** How Go prints a number that was a `big.Rat` as a `big.Float`: `1e+06`, `0.1`. */
export function limitText(number: RegoNumber): string {
  const { numerator, denominator } = rationalOf(number);
  if (numerator === 0n) return "0";
  const size = numerator < 0n ? -numerator : numerator;
  return (numerator < 0n ? "-" : "") + positiveText(size, denominator);
}

/** At the precision of `Float.SetRat`. */
function positiveText(size: bigint, denominator: bigint): string {
  const divisor = greatestDivisor(size, denominator);
  const [top, bottom] = [size / divisor, denominator / divisor];
  const precision = Math.max(bitLength(top), bitLength(bottom), 64);
  const quotient = divide({ mantissa: top, exponent: 0 }, { mantissa: bottom, exponent: 0 }, precision);
  return shortestText(quotient, precision);
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [left, right] = [a, b];
  while (right !== 0n) [left, right] = [right, left % right];
  return left;
}
