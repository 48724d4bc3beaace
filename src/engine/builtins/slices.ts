import type { RegoValue } from "../value.ts";
import { type Builtins, integerOperand, isArray } from "./builtin.ts";

/** v1/topdown/array.go and strings.go: parts of arrays and texts, by integers that may be written as `1.0`. */
export const SLICES: Builtins = {
  "array.slice": ([array, start, stop]) => {
    const [first, end] = [integerOperand(start), integerOperand(stop)];
    if (!isArray(array) || first === undefined || end === undefined) return undefined;
    return array.slice(place(first), place(end));
  },
  substring: ([text, offset, length]) => {
    const [first, count] = [integerOperand(offset), integerOperand(length)];
    if (typeof text !== "string" || first === undefined || count === undefined || first < 0n)
      return undefined;
    return characters(text, Number(first), count < 0n ? Infinity : Number(first + count));
  },
};

function place(index: bigint): number {
  return index < 0n ? 0 : Number(index);
}

function characters(text: string, start: number, end: number): RegoValue {
  return Array.from(text).slice(start, end).join("");
}
