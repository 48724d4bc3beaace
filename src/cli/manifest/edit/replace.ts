import type { RegoValue } from "../../../engine/index.ts";
import {
  blockLines,
  flowText,
  isFilled,
  itemValue,
  memberValue,
  type FlowStyle,
  type Rendered,
} from "./render.ts";
import { columnOf, indentationBefore, lineEnd, lineStart } from "./source-text.ts";
import type { Node } from "./tree.ts";
import type { Slot, Task, TextEdit, Work } from "./work.ts";

/** Writes a value anew as a whole, in the style of the place where it stands. */
export function replaceWhole({ node, slot, after }: Work, task: Task): readonly TextEdit[] {
  switch (slot.kind) {
    case "root":
      return [replaceRoot(node, after, task)];
    case "member":
      return replaceBehind(slot.indicatorEnd, node, memberValue(after, slot.column, task.style), task.text);
    case "item":
      return replaceBehind(slot.indicatorEnd, node, itemValue(after, slot.column, task.style), task.text);
    case "flow":
      return [{ start: node.start, end: node.end, text: flowText(after, flowStyle(slot, task)) }];
  }
}

/** How entries are written in brackets. */
export function flowStyle(slot: Extract<Slot, { kind: "flow" }>, { style }: Task): FlowStyle {
  return { json: slot.json, compact: slot.compact, prefix: slot.prefix, unit: style.unit };
}

function replaceRoot(node: Node, after: RegoValue, { text, syntax, style }: Task): TextEdit {
  if (syntax === "json" || !isFilled(after)) {
    const prefix = text.slice(node.start, node.end).includes("\n") ? "" : undefined;
    const flow = { json: true, compact: false, prefix, unit: style.unit };
    return { start: node.start, end: node.end, text: flowText(after, flow) };
  }
  const lines = blockLines(after, 0, style).join("\n");
  const inline = indentationBefore(text, node.start) === undefined;
  const start = inline ? node.start : lineStart(text, node.start);
  return { start, end: lineEnd(text, node.end), text: inline ? `\n${lines}` : lines };
}

/** A comment in the line of the key or the dash stays in it, and so does one behind a bracket or a quote that closes. */
function replaceBehind(
  indicatorEnd: number,
  node: Node,
  { head, body }: Rendered,
  text: string,
): readonly TextEdit[] {
  const inLine = head === "" ? "" : ` ${head}`;
  const below = body.map((line) => `\n${line}`).join("");
  const end = lineEnd(text, indicatorEnd);
  if (node.end > end) {
    const last = lineEnd(text, node.end);
    const comment = "style" in node && node.style === "block" ? "" : text.slice(node.end, last);
    return [{ start: indicatorEnd, end: last, text: inLine + comment + below }];
  }
  const value = { start: indicatorEnd, end: Math.max(node.end, indicatorEnd), text: inLine };
  return below === "" ? [value] : [value, { start: end, end, text: below }];
}

/** The column at which the entries of a block collection stand. */
export function blockColumn(text: string, { body }: { readonly body: number }): number {
  return columnOf(text, body);
}
