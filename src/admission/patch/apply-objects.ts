import { compare, RegoObject, type RegoValue } from "../../engine/index.ts";
import { typeName } from "../violation.ts";
import { PatchFailure } from "./failure.ts";
import { isAbsent, isList, withMembers } from "./json.ts";
import { mergePatch, unionOfPatches } from "./merge.ts";
import type { PatchObject } from "./patch-object.ts";
import { ambiguous, checkAgreement, placesOf, shown, type Place } from "./place.ts";
import { arrayIndex } from "./pointer.ts";
import { upsertItems } from "./upsert.ts";

/**
 * Applies the patch objects of one policy to the object that its rule saw, all of them or, by throwing PatchFailure,
 * none. The result is the same object where nothing differs.
 */
export function applyPatchObjects(object: RegoValue, patches: readonly PatchObject[]): RegoValue {
  const result = applyPlace(object, placesOf(patches, object));
  if (!(result instanceof RegoObject)) throw new PatchFailure("apply", "it would leave no object");
  return compare(object, result) === 0 ? object : result;
}

function applyPlace(value: RegoValue | undefined, place: Place): RegoValue | undefined {
  // Nothing is made in order to remove something from it.
  if (isAbsent(value) && wantsRemovals(place)) return place.remove ? undefined : value;
  const own = applyOwn(value, place);
  const below = wantsNothingBelow(own, place) ? own : applyBelow(own, place);
  return place.upsert.length === 0 ? below : upsertItems(below, place);
}

function wantsNothingBelow(value: RegoValue | undefined, { children }: Place): boolean {
  return children.size === 0 || (isAbsent(value) && [...children.values()].every(wantsRemovals));
}

/** What is wanted of the place itself; in a list, `add` and `remove` are the list's affair. */
function applyOwn(value: RegoValue | undefined, place: Place): RegoValue | undefined {
  const set = oneOf(place);
  if (place.replace !== undefined && value === undefined) {
    throw new PatchFailure(
      "apply",
      `there is nothing at ${shown(place.pointer)} to replace; \`add\` or \`default\` would set it`,
    );
  }
  const left = place.remove ? undefined : value;
  const kept = set === undefined ? left : set;
  const defaulted = isAbsent(kept) && place.default !== undefined ? place.default : kept;
  checkAgreement(place, set);
  const merge = unionOfPatches(place.merge);
  return merge === undefined ? defaulted : mergePatch(defaulted, merge);
}

function oneOf(place: Place): RegoValue | undefined {
  const wanted = [...place.add, ...(place.replace === undefined ? [] : [place.replace])];
  const [first] = wanted;
  if (first === undefined) return undefined;
  const contradicts = place.replace !== undefined && place.remove;
  if (contradicts || wanted.some((value) => compare(value, first) !== 0)) throw ambiguous(place);
  return first;
}

function applyBelow(value: RegoValue | undefined, place: Place): RegoValue {
  const parent = isAbsent(value) ? missingParent(place) : value;
  if (parent instanceof RegoObject) return applyToMembers(parent, place);
  if (isList(parent)) return applyToItems(parent, place);
  const [child] = place.children.values();
  const where = child === undefined ? "" : shown(child.pointer);
  throw new PatchFailure("apply", `${where} lies in ${typeName(parent)}, not in an object or a list`);
}

/** Whether a list or an object is meant cannot be told from an index: a key of an object may be a number too. */
function missingParent({ children }: Place): RegoValue {
  const tokens = [...children].filter(([, child]) => !wantsRemovals(child)).map(([token]) => token);
  if (tokens.every((token) => token === "-")) return [];
  const index = tokens.find((token) => token === "-" || arrayIndex(token) !== undefined);
  const child = index === undefined ? undefined : children.get(index);
  if (child === undefined) return new RegoObject([]);
  throw new PatchFailure(
    "apply",
    `${shown(child.pointer)} lies in nothing: \`default\` its parent with [] or {} first, or add to a list with \`-\``,
  );
}

/** Whether nothing but removals is wanted, here and below. */
function wantsRemovals(place: Place): boolean {
  const { add, replace, merge, upsert } = place;
  const wants = add.length + merge.length + upsert.length > 0 || replace !== undefined;
  return !wants && place.default === undefined && [...place.children.values()].every(wantsRemovals);
}

function applyToMembers(object: RegoObject, { children }: Place): RegoValue {
  const members = new Map(object.entries);
  const changes = new Map<string, RegoValue | undefined>();
  for (const [key, child] of children) changes.set(key, applyPlace(members.get(key), child));
  return withMembers(object, changes);
}

/** Items keep the index under which the rule saw them, whatever is inserted and removed beside them. */
function applyToItems(list: readonly RegoValue[], place: Place): readonly RegoValue[] {
  checkIndexes(list, place);
  const result: RegoValue[] = [];
  for (let index = 0; index <= list.length; index += 1) {
    const child = place.children.get(String(index));
    result.push(...(child?.add ?? []));
    const item = list[index];
    if (item === undefined) continue;
    const changed = child === undefined ? item : applyToItem(item, { ...child, add: [] });
    if (changed !== undefined) result.push(changed);
  }
  result.push(...(place.children.get("-")?.add ?? []));
  return result;
}

function applyToItem(item: RegoValue, place: Place): RegoValue | undefined {
  if (!place.remove) return applyPlace(item, place);
  // What goes cannot be changed; only in an object, what comes in its place can.
  if (!wantsRemovals(place)) throw ambiguous(place);
  return undefined;
}

function checkIndexes(list: readonly RegoValue[], { children }: Place): void {
  for (const [token, child] of children) {
    const index = token === "-" ? list.length : arrayIndex(token);
    if (index !== undefined && index < list.length) continue;
    // One past the last item something can be added, and nowhere outside there is anything to remove.
    if (wantsRemovals(index === list.length ? { ...child, add: [] } : child)) continue;
    throw new PatchFailure(
      "apply",
      `${shown(child.pointer)} names no item of the list, which has ${list.length}`,
    );
  }
}
