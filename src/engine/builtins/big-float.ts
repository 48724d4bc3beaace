import { readScientific } from "./rational.ts";

/** A binary float of any precision: `mantissa` times 2 to the power of `exponent`. */
export interface BigFloat {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** 5 to this power is the greatest in 64 bits (math/big/floatconv.go, pow5tab). */
const GREATEST_POWER_OF_5 = 27;

/**
 * Go's `big.Float.SetString` at its default precision of 64 bits, step by step (math/big/floatconv.go, scan), since the
 * powers of five are rounded on the way. Undefined if the text is no decimal number.
 */
export function parseFloat64Bits(text: string): BigFloat | undefined {
  const read = readScientific(text);
  if (read === undefined) return undefined;
  // 10^n = 2^n * 5^n
  const scaled = { mantissa: read.mantissa, exponent: read.exponent };
  if (read.exponent === 0) return round(scaled, 64);
  const power = powerOf5(Math.abs(read.exponent), 128);
  return read.exponent < 0 ? divide(scaled, power, 64) : multiply(scaled, power, 64);
}

/** The product, rounded to `precision` bits. */
export function multiply(a: BigFloat, b: BigFloat, precision: number): BigFloat {
  return round({ mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent }, precision);
}

/** The sum, rounded to `precision` bits. */
export function add(a: BigFloat, b: BigFloat, precision: number): BigFloat {
  const exponent = Math.min(a.exponent, b.exponent);
  const [left, right] = [a, b].map((term) => term.mantissa << BigInt(term.exponent - exponent));
  return round({ mantissa: (left ?? 0n) + (right ?? 0n), exponent }, precision);
}

/** The integer part. */
export function truncate({ mantissa, exponent }: BigFloat): bigint {
  if (exponent >= 0) return mantissa << BigInt(exponent);
  const size = magnitude(mantissa) >> BigInt(-exponent);
  return mantissa < 0n ? -size : size;
}

/** The quotient, rounded to `precision` bits. */
export function divide(a: BigFloat, b: BigFloat, precision: number): BigFloat {
  if (a.mantissa === 0n) return a;
  const shift = Math.max(precision + 2 + bitLength(b.mantissa) - bitLength(a.mantissa), 0);
  const dividend = magnitude(a.mantissa) << BigInt(shift);
  // A last bit that is set if anything was cut off, so that rounding sees it.
  const sticky = dividend % b.mantissa === 0n ? 0n : 1n;
  const quotient = ((dividend / b.mantissa) << 1n) | sticky;
  const mantissa = a.mantissa < 0n ? -quotient : quotient;
  return round({ mantissa, exponent: a.exponent - b.exponent - shift - 1 }, precision);
}

/** Go's pow5: squares and multiplies, the result rounded to `precision` bits and the squares to 64 more. */
function powerOf5(power: number, precision: number): BigFloat {
  let result: BigFloat = { mantissa: 5n ** BigInt(Math.min(power, GREATEST_POWER_OF_5)), exponent: 0 };
  let square: BigFloat = { mantissa: 5n, exponent: 0 };
  for (let rest = power - GREATEST_POWER_OF_5; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, square, precision);
    square = multiply(square, square, precision + 64);
  }
  return result;
}

/** To nearest, halves to even. */
function round({ mantissa, exponent }: BigFloat, precision: number): BigFloat {
  const excess = bitLength(mantissa) - precision;
  if (excess <= 0) return { mantissa, exponent };
  const size = magnitude(mantissa);
  const kept = size >> BigInt(excess);
  const rest = size - (kept << BigInt(excess));
  const half = 1n << BigInt(excess - 1);
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n);
  const rounded = isUp ? kept + 1n : kept;
  return { mantissa: mantissa < 0n ? -rounded : rounded, exponent: exponent + excess };
}

export function bitLength(value: bigint): number {
  return value === 0n ? 0 : magnitude(value).toString(16).length * 4 - leadingZeros(value);
}

function leadingZeros(value: bigint): number {
  return Math.clz32(Number.parseInt(magnitude(value).toString(16).charAt(0), 16)) - 28;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
