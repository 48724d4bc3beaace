import type { Changes } from "./changes.ts";
import { entriesOf, type Entry } from "./entries.ts";
import { itemLines, pairLines } from "./render.ts";
import { blockColumn } from "./replace.ts";
import {
  blockEnd,
  commentsAbove,
  commentsBelow,
  indentationBefore,
  lineEnd,
  lineStart,
  nextLine,
  skipGap,
} from "./source-text.ts";
import type { ListNode, MapNode } from "./tree.ts";
import type { Slot, Task, TextEdit } from "./work.ts";

/** The edits that make entries of a collection in lines come and go. */
export function editBlock(
  node: ListNode | MapNode,
  changes: Changes,
  slot: Slot,
  task: Task,
): readonly TextEdit[] {
  const block = new Block(node, slot, task);
  return [
    ...[...changes.removed].map((index) => block.removal(index, changes.removed)),
    ...changes.added.map(({ index, key, value }) => {
      const { style } = task;
      const lines =
        key === undefined
          ? itemLines(value, block.column, style)
          : pairLines(key, value, block.column, style);
      return block.insertion(index, lines);
    }),
  ];
}

class Block {
  readonly column: number;
  private readonly text: string;
  private readonly entries: readonly Entry[];
  /** The least column of a comment below the last entry that belongs to this collection. */
  private readonly ownComments: number;

  constructor(node: ListNode | MapNode, slot: Slot, { text }: Task) {
    this.text = text;
    this.entries = entriesOf(text, node);
    this.column = blockColumn(text, node);
    const around = slot.kind === "member" || slot.kind === "item" ? slot.column : -1;
    this.ownComments = Math.max(this.column, around + 1);
  }

  removal(index: number, removed: ReadonlySet<number>): TextEdit {
    const [entry, next] = [this.entries[index], this.entries[index + 1]];
    if (entry === undefined) return { start: 0, end: 0, text: "" };
    if (indentationBefore(this.text, entry.start) !== undefined) {
      const end = blockEnd(this.text, entry.end, this.column + 1);
      return { start: this.linesStart(index), end, text: "" };
    }
    // The first entry stands behind a dash, where the next one takes its place.
    const followed = next !== undefined && !removed.has(index + 1);
    if (followed && skipComment(this.text, entry.end) === next.start) {
      return { start: entry.start, end: next.start, text: "" };
    }
    const blanks =
      /[ \t]*$/.exec(this.text.slice(lineStart(this.text, entry.start), entry.start))?.[0].length ?? 0;
    return { start: entry.start - blanks, end: lineEnd(this.text, entry.end), text: "" };
  }

  insertion(index: number, lines: readonly string[]): TextEdit {
    const entry = this.entries[index];
    if (entry === undefined) {
      const last = this.entries.at(-1);
      const at = commentsBelow(this.text, last?.end ?? 0, this.ownComments);
      return { start: at, end: at, text: lines.map((line) => `${line}\n`).join("") };
    }
    const inline = indentationBefore(this.text, entry.start) === undefined;
    const at = inline ? entry.start : this.linesStart(index);
    const text = lines.map((line) => `${line}\n`).join("");
    return { start: at, end: at, text: inline ? text.slice(this.column) + " ".repeat(this.column) : text };
  }

  /** Where an entry begins with the comments that stand above it. */
  private linesStart(index: number): number {
    const { start } = this.entries[index] ?? { start: 0 };
    const above = this.entries[index - 1];
    return commentsAbove(this.text, start, above === undefined ? 0 : nextLine(this.text, above.end));
  }
}

/** Passes blanks and one line break; stops at a comment. */
function skipComment(text: string, from: number): number {
  const to = skipGap(text, from);
  return text.slice(from, to).includes("#") ? -1 : to;
}
