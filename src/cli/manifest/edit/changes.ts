import { isList } from "../../../admission/patch/json.ts";
import { alignLists } from "../../../admission/patch/list-alignment.ts";
import { RegoObject, type RegoValue } from "../../../engine/index.ts";
import { membersOf } from "./rego-value.ts";
import type { ListNode, MapNode } from "./tree.ts";
import { childPath, isMarked, type Task, type Work } from "./work.ts";

/** An entry of the collection that stays, with the value that it gets. */
interface Kept {
  readonly index: number;
  readonly before: RegoValue;
  readonly after: RegoValue;
  readonly path: string;
}

/** An entry that comes; before the one at `index`, or behind the last. */
interface Added {
  readonly index: number;
  readonly key: string | undefined;
  readonly value: RegoValue;
}

/** What becomes of the entries of a collection; indexes count them as they stand in the text. */
export interface Changes {
  readonly kept: readonly Kept[];
  readonly removed: ReadonlySet<number>;
  readonly added: readonly Added[];
}

/** Undefined if the collection must be written anew, because no edit of single entries makes the difference. */
export function changesOf(node: ListNode | MapNode, work: Work, task: Task): Changes | undefined {
  const changes = entryChanges(node, work);
  const count = node.kind === "map" ? node.pairs.length : node.items.length;
  if (changes === undefined || changes.removed.size === count) return undefined;
  return isMarked(task, node, work.path) && !reachesMarks(changes, node, task) ? undefined : changes;
}

function entryChanges(node: ListNode | MapNode, { before, after, path }: Work): Changes | undefined {
  if (node.kind === "list") {
    return isList(before) && isList(after) ? itemChanges(before, after, path) : undefined;
  }
  if (!(before instanceof RegoObject && after instanceof RegoObject)) return undefined;
  return memberChanges(node, { olds: new Map(membersOf(before)), news: new Map(membersOf(after)) }, path);
}

/** Whether what must change is in an entry that stays, for there it can be changed. */
function reachesMarks({ kept }: Changes, node: ListNode | MapNode, task: Task): boolean {
  const values = node.kind === "list" ? node.items : node.pairs.map(({ value }) => value);
  return kept.some(({ index, path }) => {
    const value = values[index];
    return value !== undefined && isMarked(task, value, path);
  });
}

type Members = ReadonlyMap<string, RegoValue>;

function memberChanges(
  { pairs }: MapNode,
  { olds, news }: { readonly olds: Members; readonly news: Members },
  path: string,
): Changes | undefined {
  // Of equal keys the last counts, and a merge counts over all above it.
  const merged = pairs.findLastIndex(({ merge }) => merge);
  const places = new Map(pairs.map(({ name }, index) => [name, index]));
  const kept: Kept[] = [];
  const added: Added[] = [];
  for (const [key, after] of news) {
    const [index, before] = [places.get(key), olds.get(key)];
    if (index === undefined || before === undefined) {
      // What a merge gives changes by a member of the map's own.
      if (before !== after) added.push({ index: pairs.length, key, value: after });
    } else if (index > merged || before === after) {
      kept.push({ index, before, after, path: childPath(path, key) });
    } else return undefined;
  }
  const removed = removedPairs(
    pairs,
    [...olds.keys()].filter((key) => !news.has(key)),
  );
  return removed === undefined ? undefined : { kept, removed, added };
}

/** Undefined if one of the names comes from a merge. */
function removedPairs(pairs: MapNode["pairs"], names: readonly string[]): ReadonlySet<number> | undefined {
  const gone = new Set<string | undefined>(names);
  const removed = pairs.flatMap(({ name }, index) => (gone.has(name) ? [index] : []));
  const found = new Set(removed.map((index) => pairs[index]?.name));
  return found.size === gone.size ? new Set(removed) : undefined;
}

function itemChanges(before: readonly RegoValue[], after: readonly RegoValue[], path: string): Changes {
  const kept: Kept[] = [];
  const added: Added[] = [];
  const removed = new Set<number>();
  let index = 0;
  for (const edit of alignLists(before, after)) {
    if (edit.kind === "add") {
      added.push({ index, key: undefined, value: after[edit.after] ?? null });
      continue;
    }
    if (edit.kind === "remove") removed.add(edit.before);
    else {
      const [old = null, value = null] = [before[edit.before], after[edit.after]];
      kept.push({ index: edit.before, before: old, after: value, path: childPath(path, edit.after) });
    }
    index = edit.before + 1;
  }
  return { kept, removed, added };
}

/** The collections that entries can be taken from and put into; of `[a: b]` they cannot. */
export function isEditable(node: Work["node"]): node is ListNode | MapNode {
  return (node.kind === "map" || node.kind === "list") && node.style !== "pair";
}
