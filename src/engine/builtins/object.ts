import { compare } from "../compare.ts";
import { RegoObject, RegoSet, type RegoValue } from "../value.ts";
import { type Builtins, isArray } from "./builtin.ts";

/** v1/topdown/subset.go. */
export const OBJECT: Builtins = {
  "object.subset": ([superset, subset]) => {
    if (superset === undefined || subset === undefined) return undefined;
    const isSubset = sameKindSubset(superset, subset);
    if (isSubset !== undefined) return isSubset;
    return isArray(superset) && subset instanceof RegoSet ? arrayHoldsSet(superset, subset) : undefined;
  },
};

/** Undefined if the two are not both objects, both sets or both arrays. */
function sameKindSubset(superset: RegoValue, subset: RegoValue): boolean | undefined {
  if (superset instanceof RegoObject && subset instanceof RegoObject) return objectSubset(superset, subset);
  if (superset instanceof RegoSet && subset instanceof RegoSet) {
    return subset.items.every((item) => includes(superset.items, item));
  }
  return isArray(superset) && isArray(subset) ? arraySubset(superset, subset) : undefined;
}

function objectSubset(superset: RegoObject, subset: RegoObject): boolean {
  return subset.entries.every(([key, value]) => {
    const other = superset.entries.find(([name]) => compare(name, key) === 0)?.[1];
    if (other === undefined) return false;
    return compare(other, value) === 0 || (sameKindSubset(other, value) ?? false);
  });
}

/** The items in this order and without gaps; unlike those of objects they are compared whole. */
function arraySubset(superset: readonly RegoValue[], subset: readonly RegoValue[]): boolean {
  const last = superset.length - subset.length;
  for (let start = 0; start <= last; start += 1) {
    if (subset.every((item, index) => equals(superset[start + index], item))) return true;
  }
  return false;
}

/**
 * OPA counts matching items of the array until as many were seen as the set has, so `[1, 1]` is taken to hold
 * `{1, 2}`, and the empty array not to hold the empty set. Repeated here on purpose: the same answer as OPA.
 */
function arrayHoldsSet(superset: readonly RegoValue[], subset: RegoSet): boolean {
  let unmatched = subset.items.length;
  return superset.some((item) => {
    if (includes(subset.items, item)) unmatched -= 1;
    return unmatched === 0;
  });
}

function includes(items: readonly RegoValue[], item: RegoValue): boolean {
  return items.some((other) => compare(other, item) === 0);
}

function equals(a: RegoValue | undefined, b: RegoValue): boolean {
  return a !== undefined && compare(a, b) === 0;
}
