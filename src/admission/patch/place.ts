import { compare, RegoObject, type RegoValue } from "../../engine/index.ts";
import { isList, keyText, valueAt } from "./json.ts";
import { PatchFailure } from "./failure.ts";
import { unionOfPatches } from "./merge.ts";
import type { PatchObject, Upsert } from "./patch-object.ts";
import { arrayIndex, formatPointer, type Pointer } from "./pointer.ts";

/** Everything that one policy wants done at one place of the object, and below it. */
export interface Place {
  readonly pointer: Pointer;
  remove: boolean;
  /** In a list each is an item to insert; anywhere else all are the same. */
  readonly add: RegoValue[];
  replace: RegoValue | undefined;
  default: RegoValue | undefined;
  readonly merge: RegoValue[];
  readonly upsert: Upsert[];
  readonly children: Map<string, Place>;
}

/**
 * Sorts patch objects by place. A set has no order, so every path, and every `from`, means `object` as the rule saw it.
 * Throws PatchFailure if two want different things at one place.
 */
export function placesOf(patches: readonly PatchObject[], object: RegoValue): Place {
  const root = place([]);
  for (const patch of patches) {
    const path = patch.op === "move" ? pathBeforeMove(patch, object) : patch.path;
    want(placeAt(root, path), patch, { root, object });
  }
  return root;
}

/**
 * RFC 6902 takes an item away before it adds it elsewhere, so behind it in the same list `path` counts one less than the
 * list as the rule saw it.
 */
function pathBeforeMove(
  { from, path }: Extract<PatchObject, { readonly op: "copy" | "move" }>,
  object: RegoValue,
): Pointer {
  const last = from.length - 1;
  const list = from.slice(0, -1);
  const [source, target] = [arrayIndex(from[last] ?? ""), arrayIndex(path[last] ?? "")];
  const shifts =
    source !== undefined &&
    target !== undefined &&
    target >= source &&
    list.every((token, index) => path[index] === token) &&
    isList(valueAt(object, list));
  return shifts ? path.with(last, String(target + 1)) : path;
}

function place(pointer: Pointer): Place {
  return {
    pointer,
    remove: false,
    add: [],
    replace: undefined,
    default: undefined,
    merge: [],
    upsert: [],
    children: new Map(),
  };
}

function placeAt(root: Place, pointer: Pointer): Place {
  let at = root;
  for (const [depth, token] of pointer.entries()) {
    const child = at.children.get(token) ?? place(pointer.slice(0, depth + 1));
    at.children.set(token, child);
    at = child;
  }
  return at;
}

interface Whole {
  readonly root: Place;
  readonly object: RegoValue;
}

function want(at: Place, patch: PatchObject, whole: Whole): void {
  switch (patch.op) {
    case "add":
      at.add.push(patch.value);
      break;
    case "default":
      // Null counts as absent, so there is nothing to set.
      if (patch.value !== null) at.default = same(at, at.default, patch.value);
      break;
    case "replace":
      at.replace = same(at, at.replace, patch.value);
      break;
    case "merge":
      at.merge.push(patch.value);
      break;
    case "remove":
      at.remove = true;
      break;
    case "copy":
    case "move":
      wantFrom(at, patch, whole);
      break;
    case "upsert":
      wantUpsert(at, patch);
      break;
  }
}

function wantFrom(
  at: Place,
  { op, from, path }: Extract<PatchObject, { readonly op: "copy" | "move" }>,
  { root, object }: Whole,
): void {
  const value = valueAt(object, from);
  if (value === undefined) {
    throw new PatchFailure("apply", `there is nothing at ${shown(from)} to ${op} from`);
  }
  if (op === "move") {
    if (path.length > from.length && from.every((token, index) => path[index] === token)) {
      throw new PatchFailure("apply", `${shown(from)} cannot be moved into itself`);
    }
    placeAt(root, from).remove = true;
  }
  at.add.push(value);
}

function wantUpsert(at: Place, patch: Upsert): void {
  const other = at.upsert.find(({ key, id }) => key === patch.key && id === patch.id);
  if (other !== undefined && compare(other.value, patch.value) !== 0) throw ambiguous(at);
  if (other === undefined) at.upsert.push(patch);
}

function same(at: Place, one: RegoValue | undefined, other: RegoValue): RegoValue {
  if (one !== undefined && compare(one, other) !== 0) throw ambiguous(at);
  return other;
}

/** Throws PatchFailure if what is set and merged at a place, and what is asked for below it, do not agree. */
export function checkAgreement(at: Place, set: RegoValue | undefined): void {
  const wanted = set === undefined ? at.merge : [set, ...at.merge];
  if (wanted.length === 0) return;
  const union = unionOfPatches(wanted);
  if (union === undefined) throw ambiguous(at);
  checkBelow(union, at);
}

function checkBelow(wanted: RegoValue, { children }: Place): void {
  if (!(wanted instanceof RegoObject) || children.size === 0) return;
  for (const [key, value] of wanted.entries) {
    const child = children.get(keyText(key));
    if (child === undefined) continue;
    const sets = child.replace === undefined ? child.add : [child.replace, ...child.add];
    const agrees = sets.length === 0 ? value === null || !child.remove : unionOfPatches([value, ...sets]);
    if (agrees === undefined || agrees === false) throw ambiguous(child);
    checkBelow(value, child);
  }
}

/** Two different values for one place: none of them can be meant, as a set has no order. */
export function ambiguous({ pointer }: Pick<Place, "pointer">): PatchFailure {
  return new PatchFailure("apply", `it asks for two different things at ${shown(pointer)}`);
}

/** A pointer in a message. */
export function shown(pointer: Pointer): string {
  return pointer.length === 0 ? "the object itself" : formatPointer(pointer);
}
