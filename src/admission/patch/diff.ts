import { compare, RegoObject, type RegoValue } from "../../engine/index.ts";
import { isList, keyText } from "./json.ts";
import { alignLists, type ListEdit } from "./list-alignment.ts";
import type { PatchOperation } from "./operation.ts";
import { formatPointer } from "./pointer.ts";

/** An object or list of which more is different is replaced whole: that is shorter, and an API server is sooner done. */
const MAX_OPERATIONS = 10_000;

/**
 * The JSON Patch that makes `after` of `before`, in an order that depends on the two alone: only what changed, members
 * in OPA's order of keys, list items that are still there left alone.
 */
export function diff(before: RegoValue, after: RegoValue): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  compareAt("", { before, after }, operations);
  return operations;
}

interface Pair {
  readonly before: RegoValue;
  readonly after: RegoValue;
}

function compareAt(path: string, { before, after }: Pair, found: PatchOperation[]): void {
  if (before === after) return;
  const start = found.length;
  if (before instanceof RegoObject && after instanceof RegoObject)
    compareMembers(path, [before, after], found);
  else if (isList(before) && isList(after)) compareItems(path, [before, after], found);
  else if (compare(before, after) !== 0) found.push({ op: "replace", path, value: after });
  if (found.length - start > MAX_OPERATIONS) {
    found.length = start;
    found.push({ op: "replace", path, value: after });
  }
}

function compareMembers(
  path: string,
  [before, after]: readonly [RegoObject, RegoObject],
  found: PatchOperation[],
): void {
  const [old, now] = [new Map(before.entries), new Map(after.entries)];
  for (const [key] of before.entries) {
    if (!now.has(key)) {
      found.push({ op: "remove", path: path + formatPointer([keyText(key)]) });
    }
  }
  for (const [key, value] of after.entries) {
    const at = path + formatPointer([keyText(key)]);
    const previous = old.get(key);
    if (previous === undefined) found.push({ op: "add", path: at, value });
    else compareAt(at, { before: previous, after: value }, found);
  }
}

/** First what goes, from the end; then what comes, from the start; so each index is right when its turn comes. */
function compareItems(
  path: string,
  [before, after]: readonly [readonly RegoValue[], readonly RegoValue[]],
  found: PatchOperation[],
): void {
  const edits = alignLists(before, after);
  for (const edit of edits.toReversed()) {
    if (edit.kind === "remove") found.push({ op: "remove", path: itemPath(path, edit.before) });
  }
  for (const edit of edits) compareItem(path, edit, { before, after, found });
}

interface Lists {
  readonly before: readonly RegoValue[];
  readonly after: readonly RegoValue[];
  readonly found: PatchOperation[];
}

function compareItem(path: string, edit: ListEdit, { before, after, found }: Lists): void {
  if (edit.kind === "remove") return;
  const value = after[edit.after] ?? null;
  if (edit.kind === "add") found.push({ op: "add", path: itemPath(path, edit.after), value });
  else compareAt(itemPath(path, edit.after), { before: before[edit.before] ?? null, after: value }, found);
}

function itemPath(path: string, index: number): string {
  return `${path}/${index}`;
}
