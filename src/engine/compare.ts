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
  return rank === 0 ? compareLists(partsOf(a), partsOf(b)) : rank;
}

/** What two values of one type are compared by, one after the other. */
function partsOf(value: RegoValue): readonly RegoValue[] {
  if (value instanceof RegoObject) return value.entries.flat();
  if (value instanceof RegoSet) return value.items;
  return isList(value) ? value : [];
}

function isList(value: RegoValue): value is readonly RegoValue[] {
  return Array.isArray(value);
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
  if (typeof value === "boolean") return value ? 2 : 1;
  if (value instanceof RegoNumber) return 3;
  if (typeof value === "string") return 4;
  if (value instanceof RegoObject) return 6;
  return value instanceof RegoSet ? 7 : 5;
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
