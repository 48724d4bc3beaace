import type { RegoValue } from "../value.ts";
import { type Builtin, type Builtins, integerValue } from "./builtin.ts";
import { LimitReached } from "./limit-reached.ts";
import { wholeNumber } from "./whole-number.ts";

/** Bits of a shift to the left; OPA has no limit. So many are 20,000 digits. */
const MAX_SHIFT = 65_536n;

/** v1/topdown/bits.go: integers of any size, negative ones in two's complement. */
export const BITS: Builtins = {
  "bits.and": ofIntegers((a, b) => a & b),
  "bits.or": ofIntegers((a, b) => a | b),
  "bits.xor": ofIntegers((a, b) => a ^ b),
  "bits.negate": ([operand]) => {
    const integer = wholeNumber(operand);
    return integer === undefined ? undefined : integerValue(~integer);
  },
  "bits.lsh": ofIntegers((integer, count) => {
    const shift = shiftOf(count);
    if (shift === undefined || integer === 0n) return shift && integer;
    if (shift > MAX_SHIFT) throw new LimitReached("would shift by more than 65,536 bits");
    return integer << shift;
  }),
  "bits.rsh": ofIntegers((integer, count) => {
    const shift = shiftOf(count);
    return shift === undefined ? undefined : integer >> shift;
  }),
};

/** Of a greater number OPA takes the lowest 64 bits. */
function shiftOf(count: bigint): bigint | undefined {
  return count < 0n ? undefined : BigInt.asUintN(64, count);
}

function ofIntegers(apply: (a: bigint, b: bigint) => bigint | undefined): Builtin {
  return (operands): RegoValue | undefined => {
    const [a, b] = operands.map(wholeNumber);
    const result = a === undefined || b === undefined ? undefined : apply(a, b);
    return result === undefined ? undefined : integerValue(result);
  };
}
