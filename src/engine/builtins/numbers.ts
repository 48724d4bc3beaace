import type { RegoValue } from "../value.ts";
import { type Builtins, integerValue } from "./builtin.ts";
import { LimitReached } from "./limit-reached.ts";
import { wholeNumber } from "./whole-number.ts";

/** Numbers of a range; OPA has no limit. A million of them are 100 MB in WebAssembly. */
const MAX_LENGTH = 1_000_000n;

/** v1/topdown/numbers.go, without what is native in WebAssembly. */
export const NUMBERS: Builtins = {
  "numbers.range_step": ([from, to, step]) => {
    const [first, last, width] = [from, to, step].map(wholeNumber);
    if (first === undefined || last === undefined || width === undefined || width <= 0n) return undefined;
    return range(first, last, width);
  },
};

/** Throws LimitReached if it would be too long. */
export function range(first: bigint, last: bigint, width: bigint): RegoValue {
  const distance = last < first ? first - last : last - first;
  const steps = distance / width;
  if (steps >= MAX_LENGTH) throw new LimitReached("would give more than 1,000,000 numbers");
  const step = last < first ? -width : width;
  return Array.from({ length: Number(steps) + 1 }, (_, index) => integerValue(first + step * BigInt(index)));
}
