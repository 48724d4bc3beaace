import { compare, RegoObject, type RegoValue } from "../../engine/index.ts";
import { keyText, withMembers } from "./json.ts";

const EMPTY = new RegoObject([]);

/** JSON Merge Patch (RFC 7396): members of `patch` over those of `target`, at every depth; null takes one away. */
export function mergePatch(target: RegoValue | undefined, patch: RegoValue): RegoValue {
  if (!(patch instanceof RegoObject)) return patch;
  const object = target instanceof RegoObject ? target : EMPTY;
  const old = new Map(object.entries);
  const changes = new Map<string, RegoValue | undefined>();
  for (const [key, value] of patch.entries) {
    const name = keyText(key);
    changes.set(name, value === null ? undefined : mergePatch(old.get(name), value));
  }
  return withMembers(object, changes);
}

/** One merge patch for all of them; undefined if there is none, or if two want different things at one place. */
export function unionOfPatches(patches: readonly RegoValue[]): RegoValue | undefined {
  const [first] = patches;
  if (first === undefined || patches.length === 1) return first;
  const objects = patches.filter((patch) => patch instanceof RegoObject);
  if (objects.length < patches.length) {
    return patches.every((patch) => compare(patch, first) === 0) ? first : undefined;
  }
  const entries = objects.flatMap((object) => object.entries);
  const members = new Map<string, RegoValue>();
  for (const [name, same] of Map.groupBy(entries, ([key]) => keyText(key))) {
    const union = unionOfPatches(same.map(([, value]) => value));
    if (union === undefined) return undefined;
    members.set(name, union);
  }
  return withMembers(EMPTY, members);
}
