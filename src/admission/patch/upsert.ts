import { RegoObject, type RegoValue } from "../../engine/value.ts";
import { PatchFailure } from "./failure.ts";
import { isAbsent, isList } from "./json.ts";
import { mergePatch } from "./merge.ts";
import type { Upsert } from "./patch-object.ts";
import { shown, type Place } from "./place.ts";

/**
 * Puts items into a list by their keys: merged (RFC 7396) into the first item with that key, so that what the API server
 * has filled in stays and nothing changes the second time; else inserted.
 */
export function upsertItems(
  list: RegoValue | undefined,
  { upsert: upserts, pointer }: Pick<Place, "upsert" | "pointer">,
): RegoValue {
  const old = isAbsent(list) ? [] : list;
  if (!isList(old))
    throw new PatchFailure("apply", `what is at ${shown(pointer)} is no list to put an item into`);
  const items = [...old];
  const missing: Upsert[] = [];
  for (const [key, ofKey] of Map.groupBy(upserts, (upsert) => upsert.key)) {
    const indexes = firstIndexes(old, key);
    for (const upsert of ofKey) {
      const index = indexes.get(upsert.id);
      if (index === undefined) missing.push(upsert);
      else items[index] = mergePatch(items[index], upsert.value);
    }
  }
  for (const upsert of missing) {
    // Merged into nothing: a null would be taken away the second time.
    items.splice(insertionIndex(items, upsert), 0, mergePatch(undefined, upsert.value));
  }
  return items;
}

/** Where the first item with each value of the key stands. */
function firstIndexes(items: readonly RegoValue[], key: string): ReadonlyMap<RegoValue, number> {
  const indexes = new Map<RegoValue, number>();
  for (const [index, item] of items.entries()) {
    const id = item instanceof RegoObject ? item.get(key) : undefined;
    if (id !== undefined && !indexes.has(id)) indexes.set(id, index);
  }
  return indexes;
}

function indexOf(items: readonly RegoValue[], key: string, id: string): number {
  return items.findIndex((item) => item instanceof RegoObject && item.get(key) === id);
}

function insertionIndex(items: readonly RegoValue[], { key, position }: Upsert): number {
  if (position === "first") return 0;
  if (position === "last") return items.length;
  if ("before" in position) return Math.max(0, indexOf(items, key, position.before));
  const after = indexOf(items, key, position.after);
  return after === -1 ? items.length : after + 1;
}
