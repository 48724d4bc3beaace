import { RegoObject, type RegoValue } from "../../engine/index.ts";
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
  for (const upsert of inOrder(missing)) {
    // Merged into nothing: a null would be taken away the second time.
    items.splice(insertionIndex(items, upsert), 0, mergePatch(undefined, upsert.value));
  }
  return items;
}

/** An item comes after the one beside which it wants to stand, if that is new too; else they keep the order of the set. */
function inOrder(upserts: readonly Upsert[]): readonly Upsert[] {
  const ordered: Upsert[] = [];
  let waiting: readonly Upsert[] = upserts;
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ key, id }) => `${key} ${id}`));
    const isFree = ({ key, position }: Upsert): boolean => !names.has(`${key} ${anchorOf(position) ?? ""}`);
    const free = waiting.filter(isFree);
    // Items that want to stand beside each other in a circle go where items go whose neighbour is missing.
    const next = free.length === 0 ? waiting : free;
    // Each is put in front of the one before it, so those come first that are to stand last.
    ordered.push(...next.filter((upsert) => !goesInFront(upsert)), ...next.filter(goesInFront).toReversed());
    waiting = free.length === 0 ? [] : waiting.filter((upsert) => !isFree(upsert));
  }
  return ordered;
}

function goesInFront({ position }: Upsert): boolean {
  return position === "first" || (typeof position === "object" && "after" in position);
}

function anchorOf(position: Upsert["position"]): string | undefined {
  if (typeof position === "string") return undefined;
  return "before" in position ? position.before : position.after;
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
