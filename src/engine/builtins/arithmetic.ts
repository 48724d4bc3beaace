import { RegoNumber, type RegoValue } from "../value.ts";
import { integerOperand, integerValue, itemsOf, type Builtin, type Builtins } from "./builtin.ts";
import {
  absolute,
  addFloats,
  ceiling,
  DOUBLE_ONE,
  divideFloats,
  type Float,
  flooring,
  multiplyFloats,
  negated,
  readFloat,
  rounded,
  writeFloat,
  ZERO,
} from "./float.ts";
import { checkExponent, wholeNumber } from "./whole-number.ts";

/**
 * v1/topdown/arithmetic.go and aggregates.go, digit by digit: integers are exact, and everything else goes through floats.
 * Throws LimitReached for exponents beyond those that OPA reads.
 */
export const ARITHMETIC: Builtins = {
  plus: ofTwo((a, b) => a + b, addFloats),
  minus: ofTwo(
    (a, b) => a - b,
    (a, b) => addFloats(a, negated(b)),
  ),
  mul: ofTwo((a, b) => a * b, multiplyFloats),
  div: ([a, b]) => (a instanceof RegoNumber && b instanceof RegoNumber ? quotient(a, b) : undefined),
  rem: ([a, b]) => {
    const [dividend, divisor] = [a, b].map(wholeNumber);
    if (dividend === undefined || divisor === undefined || divisor === 0n) return undefined;
    return integerValue(dividend % divisor);
  },
  abs: ofOne((integer) => (integer < 0n ? -integer : integer), absolute),
  round: ofOne((integer) => integer, rounded),
  ceil: ofOne((integer) => integer, ceiling),
  floor: ofOne((integer) => integer, flooring),
  sum: ofItems(0n, (a, b) => a + b, ZERO, addFloats),
  product: ofItems(1n, (a, b) => a * b, DOUBLE_ONE, multiplyFloats),
};

type OfIntegers = (a: bigint, b: bigint) => bigint;
type OfFloats = (a: Float, b: Float) => Float;

function ofTwo(exact: OfIntegers, float: OfFloats): Builtin {
  return ([a, b]) => {
    if (!(a instanceof RegoNumber && b instanceof RegoNumber)) return undefined;
    const [left, right] = [wholeNumber(a), wholeNumber(b)];
    if (left !== undefined && right !== undefined) return integerValue(exact(left, right));
    return writeFloat(float(floatOf(a), floatOf(b)));
  };
}

/** Only integers of 32 bits are taken as such. */
function ofOne(exact: (integer: bigint) => bigint, float: (value: Float) => Float): Builtin {
  return ([value]) => {
    if (!(value instanceof RegoNumber)) return undefined;
    const integer = smallInteger(value);
    return integer === undefined ? writeFloat(float(floatOf(value))) : integerValue(exact(integer));
  };
}

/** Of an array or a set of numbers. */
function ofItems(start: bigint, exact: OfIntegers, startFloat: Float, float: OfFloats): Builtin {
  return ([collection]) => {
    const items = itemsOf(collection);
    if (items?.every((item) => item instanceof RegoNumber) !== true) return undefined;
    const integers = items.map(wholeNumber);
    if (integers.every((integer) => integer !== undefined))
      return integerValue(integers.reduce(exact, start));
    return writeFloat(items.map(floatOf).reduce(float, startFloat));
  };
}

function quotient(a: RegoNumber, b: RegoNumber): RegoValue | undefined {
  const [dividend, divisor] = [smallInteger(a), smallInteger(b)];
  const isWhole =
    dividend !== undefined && divisor !== undefined && divisor !== 0n && dividend % divisor === 0n;
  // The quotient of zero is a float, since it may be minus zero.
  if (isWhole && dividend !== 0n) return integerValue(dividend / divisor);
  const result = divideFloats(floatOf(a), floatOf(b));
  return result && writeFloat(result);
}

function smallInteger(value: RegoNumber): bigint | undefined {
  const integer = integerOperand(value);
  return integer !== undefined && BigInt.asIntN(32, integer) === integer ? integer : undefined;
}

function floatOf(value: RegoNumber): Float {
  checkExponent(value);
  return readFloat(value.text);
}
