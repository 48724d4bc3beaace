import {
  compare,
  RegoNumber,
  RegoObject,
  RegoSet,
  type RegoValue,
  sortDistinct,
} from "../../engine/index.ts";
import { plainNumber } from "./number.ts";
import { arrayIndex, type Pointer } from "./pointer.ts";

/**
 * Nesting that a patched object may have: what the engine's parser takes. The deepest value of any Kubernetes type (a
 * CustomResourceDefinition's schema) has fewer than 100 levels.
 */
export const MAX_PATCHED_DEPTH = 1_000;

export function isList(value: RegoValue | undefined): value is readonly RegoValue[] {
  return Array.isArray(value);
}

/** A key as JSON has it: one that is no string, which only Rego knows, is its JSON text. */
export function keyText(key: RegoValue): string {
  return typeof key === "string" ? key : JSON.stringify(key);
}

/** In Kubernetes a member that is null is as if it were not there. */
export function isAbsent(value: RegoValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** What a pointer names, or undefined. */
export function valueAt(value: RegoValue, pointer: Pointer): RegoValue | undefined {
  let found: RegoValue | undefined = value;
  for (const token of pointer) {
    if (found === undefined) return undefined;
    found = childAt(found, token);
  }
  return found;
}

function childAt(value: RegoValue, token: string): RegoValue | undefined {
  if (value instanceof RegoObject) return memberOf(value, token);
  const index = arrayIndex(token);
  return isList(value) && index !== undefined ? value[index] : undefined;
}

/** As `get`, but found by halves: a hundred thousand labels are looked up as often. */
function memberOf({ entries }: RegoObject, name: string): RegoValue | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compare(entries[middle]?.[0] ?? null, name);
    if (order === 0) return entries[middle]?.[1];
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/** An object with some members changed; undefined takes one away. The same object if nothing is different. */
export function withMembers(
  object: RegoObject,
  changes: ReadonlyMap<string, RegoValue | undefined>,
): RegoObject {
  const old = new Map(object.entries.filter(([key]) => changes.has(keyText(key))));
  if ([...changes].every(([key, value]) => old.get(key) === value)) return object;
  const kept = object.entries.filter(([key]) => !changes.has(keyText(key)));
  const added = [...changes].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return new RegoObject(sortDistinct([...kept, ...added], ([key]) => key));
}

/**
 * A value of Rego as the JSON of an object: a set is a list in OPA's order, a key that is no string is its JSON text,
 * and a number is one that Go reads.
 */
export function jsonValue(value: RegoValue): RegoValue {
  if (value instanceof RegoSet) return value.items.map(jsonValue);
  if (value instanceof RegoObject) {
    const entries = value.entries.map(([key, member]) => [keyText(key), jsonValue(member)] as const);
    return new RegoObject(sortDistinct(entries, ([key]) => key));
  }
  if (value instanceof RegoNumber) return plainNumber(value);
  return isList(value) ? value.map(jsonValue) : value;
}

/**
 * The length of a value's JSON text, about: escapes count as one. Stops at `limit`, so that a value that holds itself
 * many times over is not walked to its end; a value that is nested deeper than may be has no end either.
 */
export function jsonLength(value: RegoValue, limit: number, depth = 0): number {
  if (depth > MAX_PATCHED_DEPTH) return Number.POSITIVE_INFINITY;
  if (value instanceof RegoObject) {
    return total(value.entries.length, limit, (index) => {
      const [key, member] = value.entries[index] ?? [null, null];
      return 3 + keyText(key).length + jsonLength(member, limit, depth + 1);
    });
  }
  if (isList(value)) {
    return total(value.length, limit, (index) => 1 + jsonLength(value[index] ?? null, limit, depth + 1));
  }
  return typeof value === "string" ? value.length + 2 : JSON.stringify(value).length;
}

function total(count: number, limit: number, lengthOf: (index: number) => number): number {
  let length = 2;
  for (let index = 0; index < count && length <= limit; index += 1) length += lengthOf(index);
  return length;
}
