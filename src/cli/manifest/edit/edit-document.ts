import { compare, type RegoValue } from "../../../engine/index.ts";
import { editBlock } from "./block.ts";
import { changesOf, isEditable, type Changes } from "./changes.ts";
import { entriesOf } from "./entries.ts";
import { editFlow, entrySlot } from "./flow.ts";
import { blockColumn, replaceWhole } from "./replace.ts";
import type { ListNode, MapNode, Node } from "./tree.ts";
import { isMarked, type Slot, type Step, type Task, type TextEdit, type Work } from "./work.ts";

/** The edits that turn the value of a document into another, in the order of the text. */
export function editDocument(
  root: Node,
  [before, after]: readonly [RegoValue, RegoValue],
  task: Task,
): readonly TextEdit[] {
  const edits: { readonly edit: TextEdit; readonly depth: number }[] = [];
  const pending: Work[] = [{ node: root, slot: { kind: "root" }, before, after, path: "" }];
  for (let work = pending.pop(); work !== undefined; work = pending.pop()) {
    const step = stepOf(work, task);
    const depth = work.path.split("/").length;
    for (const edit of step.edits) edits.push({ edit, depth });
    for (const next of step.next) pending.push(next);
  }
  // What comes at the end of an inner collection stands before what comes at the end of the outer one.
  return edits
    .toSorted((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || b.depth - a.depth)
    .map(({ edit }) => edit);
}

function stepOf(work: Work, task: Task): Step {
  const { node, before, after, path } = work;
  const marked = isMarked(task, node, path);
  if (!marked && (before === after || compare(before, after) === 0)) return { edits: [], next: [] };
  const changes = isEditable(node) && !task.whole.has(path) ? changesOf(node, work, task) : undefined;
  const step =
    changes !== undefined && isEditable(node) ? stepInto(work, { node, changes }, task) : undefined;
  return step ?? { edits: replaceWhole(work, task), next: [] };
}

/** Undefined if a value that changes has no `:` before it. */
function stepInto(
  { slot }: Work,
  { node, changes }: { readonly node: ListNode | MapNode; readonly changes: Changes },
  task: Task,
): Step | undefined {
  const entries = entriesOf(task.text, node);
  const inBrackets = node.style === "flow" ? entrySlot(node, task) : undefined;
  const next: Work[] = [];
  for (const { index, before, after, path } of changes.kept) {
    const entry = entries[index];
    if (entry === undefined || (before === after && !isMarked(task, entry.value, path))) continue;
    if (entry.indicatorEnd === undefined) return undefined;
    const place = inBrackets ?? blockSlot(node, entry.indicatorEnd, task);
    next.push({ node: entry.value, slot: place, before, after, path });
  }
  const edits = node.style === "flow" ? editFlow(node, changes, task) : editBlock(node, changes, slot, task);
  return { edits, next };
}

function blockSlot(node: ListNode | MapNode, indicatorEnd: number, { text }: Task): Slot {
  return { kind: node.kind === "map" ? "member" : "item", column: blockColumn(text, node), indicatorEnd };
}
