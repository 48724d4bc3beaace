import type { Changes } from "./changes.ts";
import { entriesOf, type Entry } from "./entries.ts";
import { flowPair, flowText, separator } from "./render.ts";
import { flowStyle } from "./replace.ts";
import { indentationBefore } from "./source-text.ts";
import type { ListNode, MapNode } from "./tree.ts";
import type { Slot, Task, TextEdit } from "./work.ts";

type FlowSlot = Extract<Slot, { kind: "flow" }>;

/** How the entries in these brackets are written, as the first one shows. */
export function entrySlot(node: ListNode | MapNode, { text, syntax }: Task): FlowSlot {
  const [first] = entriesOf(text, node);
  const json = syntax === "json" || text.charAt(first?.start ?? node.body) === '"';
  return {
    kind: "flow",
    json,
    compact: json && isCompact(text, node),
    prefix: first === undefined ? undefined : indentationBefore(text, first.start),
  };
}

/** Whether no space follows the `:` and `,` of a text in one line. */
function isCompact(text: string, node: ListNode | MapNode): boolean {
  const [first, second] = entriesOf(text, node);
  if (node.kind === "map") return first?.indicatorEnd === first?.value.start;
  return first !== undefined && second !== undefined && second.start - first.end === 1;
}

/** The edits that make entries of a collection in brackets come and go. */
export function editFlow(
  node: ListNode | MapNode,
  { removed, added }: Changes,
  task: Task,
): readonly TextEdit[] {
  const entries = entriesOf(task.text, node);
  const flow = flowStyle(entrySlot(node, task), task);
  const lastKept = entries.findLastIndex((_, index) => !removed.has(index));
  const insertions = added.map(({ index, key, value }): TextEdit => {
    const text = key === undefined ? flowText(value, flow) : flowPair(key, value, flow);
    const entry = entries[index];
    if (entry !== undefined && index <= lastKept) {
      return { start: entry.start, end: entry.start, text: text + separator(flow) };
    }
    const at = entries.at(-1)?.end ?? node.body + 1;
    return { start: at, end: at, text: separator(flow) + text };
  });
  return [...[...removed].map((index) => removal(entries, index, lastKept)), ...insertions];
}

function removal(entries: readonly Entry[], index: number, lastKept: number): TextEdit {
  const [entry, next, previous] = [entries[index], entries[index + 1], entries[index - 1]];
  if (index < lastKept) return { start: entry?.start ?? 0, end: next?.start ?? 0, text: "" };
  return { start: previous?.end ?? 0, end: entry?.end ?? 0, text: "" };
}
