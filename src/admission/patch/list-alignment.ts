import { diffArrays } from "diff";
import { compare, RegoObject, type RegoValue } from "../../engine/index.ts";

/** What becomes of one item; indexes count in the list before and in the list after. */
export type ListEdit =
  | { readonly kind: "keep"; readonly before: number; readonly after: number }
  | { readonly kind: "remove"; readonly before: number }
  | { readonly kind: "add"; readonly after: number };

/** The members by which Kubernetes tells the items of its lists apart (`listMapKey`, `patchMergeKey` of its types). */
const KEYS = ["name", "mountPath", "devicePath", "key", "type", "topologyKey", "ip"] as const;

/** Beyond so many differences the time grows too fast to look for the least of them. */
const MAX_EDITS = 1_000;

/** Which item of one list is which of the other, in the order of the list after; the rest comes or goes. */
export function alignLists(before: readonly RegoValue[], after: readonly RegoValue[]): readonly ListEdit[] {
  const prefix = equalItems(before, after);
  const suffix = equalItems(before.slice(prefix).toReversed(), after.slice(prefix).toReversed());
  const middle = alignDifferent(
    before.slice(prefix, before.length - suffix),
    after.slice(prefix, after.length - suffix),
  );
  return [
    ...keeps(prefix, { before: 0, after: 0 }),
    ...middle.map((edit) => shifted(edit, prefix)),
    ...keeps(suffix, { before: before.length - suffix, after: after.length - suffix }),
  ];
}

/** How many items at the beginning are the same. */
function equalItems(before: readonly RegoValue[], after: readonly RegoValue[]): number {
  const most = Math.min(before.length, after.length);
  let count = 0;
  while (count < most && compare(before[count] ?? null, after[count] ?? null) === 0) count += 1;
  return count;
}

function keeps(
  count: number,
  start: { readonly before: number; readonly after: number },
): readonly ListEdit[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: "keep",
    before: start.before + index,
    after: start.after + index,
  }));
}

function shifted(edit: ListEdit, by: number): ListEdit {
  switch (edit.kind) {
    case "keep":
      return { kind: "keep", before: edit.before + by, after: edit.after + by };
    case "remove":
      return { kind: "remove", before: edit.before + by };
    case "add":
      return { kind: "add", after: edit.after + by };
  }
}

/** Items with a key of their own stay themselves when they change; without one, what changes in place is changed. */
function alignDifferent(before: readonly RegoValue[], after: readonly RegoValue[]): readonly ListEdit[] {
  const key = KEYS.find((candidate) => isKey(before, candidate) && isKey(after, candidate));
  const nameOf = (item: RegoValue): string =>
    JSON.stringify(key !== undefined && item instanceof RegoObject ? item.get(key) : item);
  const changes = diffArrays(before.map(nameOf), after.map(nameOf), { maxEditLength: MAX_EDITS });
  if (changes === undefined) return inPlace({ before: 0, after: 0 }, before.length, after.length);
  const at = { before: 0, after: 0 };
  return changes.flatMap(({ count, added, removed }, index) => {
    const start = { ...at };
    at.before += added ? 0 : count;
    at.after += removed ? 0 : count;
    const next = changes[index + 1];
    if (!added && !removed) return keeps(count, start);
    if (removed) return gap(key, start, [count, next?.added === true ? next.count : 0]);
    return changes[index - 1]?.removed === true ? [] : gap(key, start, [0, count]);
  });
}

function isKey(list: readonly RegoValue[], key: string): boolean {
  const names = list.map((item) => (item instanceof RegoObject ? item.get(key) : undefined));
  return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
}

interface Start {
  readonly before: number;
  readonly after: number;
}

function gap(
  key: string | undefined,
  start: Start,
  [removed, added]: readonly [number, number],
): readonly ListEdit[] {
  if (key === undefined) return inPlace(start, removed, added);
  return [...goes(start.before, removed), ...comes(start.after, added)];
}

function inPlace(start: Start, removed: number, added: number): readonly ListEdit[] {
  const both = Math.min(removed, added);
  return [
    ...keeps(both, start),
    ...goes(start.before + both, removed - both),
    ...comes(start.after + both, added - both),
  ];
}

function goes(start: number, count: number): readonly ListEdit[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "remove", before: start + index }));
}

function comes(start: number, count: number): readonly ListEdit[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "add", after: start + index }));
}
