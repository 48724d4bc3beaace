import { compareNumbers } from "./decimal.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "./value.ts";

/**
 * OPA's order of all values (`ast.Compare`): null, booleans, numbers by value, strings by code point, arrays, objects,
 * sets. Negative, zero or positive. The items of sets and the keys of objects must be in order already.
 */
export function compare(a: RegoValue, b: RegoValue): number {
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  if (a instanceof RegoNumber && b instanceof RegoNumber) return compareNumbers(a.text, b.text);
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (a instanceof RegoSet && b instanceof RegoSet) return compareLists(a.items, b.items);
  if (a instanceof RegoObject && b instanceof RegoObject) {
    return compareLists(a.entries.flat(), b.entries.flat());
  }
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  return Number(a) - Number(b);
}

/** Sorts members of a set, or anything with `key`, into OPA's order; of equal ones only the last is kept. */
export function sortDistinct<T>(items: readonly T[], key: (item: T) => RegoValue): readonly T[] {
  if (items.length < 2) return items;
  const sorted = items.toSorted((a, b) => compare(key(a), key(b)));
  return sorted.filter((item, index) => {
    const next = sorted[index + 1];
    return next === undefined || compare(key(item), key(next)) !== 0;
  });
}

function rankOf(value: RegoValue): number {
  if (value === null) return 0;
  if (typeof value === "boolean") return 1;
  if (value instanceof RegoNumber) return 2;
  if (typeof value === "string") return 3;
  if (value instanceof RegoObject) return 5;
  return value instanceof RegoSet ? 6 : 4;
}

function compareLists(a: readonly RegoValue[], b: readonly RegoValue[]): number {
  for (const [index, item] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compare(item, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * By code point, which is the order of UTF-8 bytes that OPA uses. JavaScript's `<` compares UTF-16 units and so puts
 * the surrogates of an emoji before U+E000 to U+FFFF.
 */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rankOfUnit(left) - rankOfUnit(right);
  }
  return a.length - b.length;
}

function rankOfUnit(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  return isSurrogate ? unit + 0x10000 : unit;
}
