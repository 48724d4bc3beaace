import { RegoNumber } from "../value.ts";
import { add, type BigFloat, bitLength, divide, multiply, parseFloat64Bits, truncate } from "./big-float.ts";
import { integerText, shortestText } from "./big-float-text.ts";

/** Go's `big.Float`, as far as OPA's arithmetic uses it: of so many bits, and zero has a sign. */
export interface Float extends BigFloat {
  readonly precision: number;
  readonly isNegative: boolean;
}

/** Bits of what is read from text. */
const PRECISION = 64;

export const ZERO = whole(0n);

/** `big.NewFloat(1)`, which keeps every product at the precision of a double. */
export const DOUBLE_ONE: Float = { ...whole(1n), precision: 53 };

const HALF: Float = { mantissa: 1n, exponent: -1, precision: 53, isNegative: false };

/** Throws TypeError if the text is no decimal number. */
export function readFloat(text: string): Float {
  const value = parseFloat64Bits(text);
  if (value === undefined) throw new TypeError(`${text} is no number.`);
  return { ...value, precision: PRECISION, isNegative: text.startsWith("-") };
}

/** v1/topdown/builtins/builtins.go, FloatToNumber: the fewest digits that tell it apart. */
export function writeFloat({ mantissa, exponent, precision, isNegative }: Float): RegoNumber {
  const sign = isNegative ? "-" : "";
  if (mantissa === 0n) return new RegoNumber(`${sign}0`);
  const size = { mantissa: mantissa < 0n ? -mantissa : mantissa, exponent };
  const write = isWhole(size) ? integerText : shortestText;
  return new RegoNumber(sign + write(size, precision));
}

export function negated(value: Float): Float {
  return { ...value, mantissa: -value.mantissa, isNegative: !value.isNegative };
}

export function absolute(value: Float): Float {
  return value.isNegative ? negated(value) : value;
}

/** The precision of a sum is that of the more precise term. */
export function addFloats(a: Float, b: Float): Float {
  const precision = Math.max(a.precision, b.precision);
  const sum = add(a, b, precision);
  const isNegative =
    sum.mantissa === 0n ? isZero(a) && isZero(b) && a.isNegative && b.isNegative : sum.mantissa < 0n;
  return { ...sum, precision, isNegative };
}

/** The precision of a product is that of the first factor, which for OPA's product is what has been multiplied so far. */
export function multiplyFloats(a: Float, b: Float): Float {
  const { precision } = a;
  return { ...multiply(a, b, precision), precision, isNegative: a.isNegative !== b.isNegative };
}

/** Undefined if the divisor is zero. */
export function divideFloats(a: Float, b: Float): Float | undefined {
  if (isZero(b)) return undefined;
  const size = divide(absolute(a), absolute(b), PRECISION);
  const positive = { ...size, precision: PRECISION, isNegative: false };
  return a.isNegative === b.isNegative ? positive : negated(positive);
}

/** Halves away from zero. */
export function rounded(value: Float): Float {
  return whole(truncate(addFloats(value, value.isNegative ? negated(HALF) : HALF)));
}

/** One too great for what lies between -1 and 0: as OPA has it. */
export function ceiling(value: Float): Float {
  const integer = whole(truncate(value));
  return integer.isNegative || isWhole(value) ? integer : addFloats(integer, whole(1n));
}

/** One too great for what lies between -1 and 0: as OPA has it. */
export function flooring(value: Float): Float {
  const integer = whole(truncate(value));
  return !integer.isNegative || isWhole(value) ? integer : addFloats(integer, whole(-1n));
}

function whole(integer: bigint): Float {
  return {
    mantissa: integer,
    exponent: 0,
    precision: Math.max(bitLength(integer), PRECISION),
    isNegative: integer < 0n,
  };
}

function isZero({ mantissa }: BigFloat): boolean {
  return mantissa === 0n;
}

function isWhole({ mantissa, exponent }: BigFloat): boolean {
  return exponent >= 0 || mantissa % (1n << BigInt(-exponent)) === 0n;
}
