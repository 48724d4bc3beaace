import { skipGap } from "./source-text.ts";
import type { ListNode, MapNode, Node } from "./tree.ts";

/** A member or an item as it stands in the text. */
export interface Entry {
  /** The key, its `?`, or the dash; in brackets the item itself. */
  readonly start: number;
  readonly end: number;
  /** Behind the `:` or the dash; undefined for a key without `:`. */
  readonly indicatorEnd: number | undefined;
  readonly value: Node;
}

/** The entries of a collection in the order in which they stand. */
export function entriesOf(text: string, node: ListNode | MapNode): readonly Entry[] {
  let end = node.style === "flow" ? node.body + 1 : node.body;
  const entry = (value: Node, keyEnd: number | undefined): Entry => {
    let start = skipGap(text, end);
    if (node.style === "flow" && text.charAt(start) === ",") start = skipGap(text, start + 1);
    const indicatorEnd = keyEnd === undefined ? behindDash(node, start) : behindColon(text, keyEnd);
    end = Math.max(value.end, indicatorEnd ?? start);
    return { start, end, indicatorEnd, value };
  };
  if (node.kind === "list") return node.items.map((item) => entry(item, undefined));
  return node.pairs.map(({ key, value }) => entry(value, key.end));
}

function behindDash(node: ListNode | MapNode, start: number): number {
  return node.style === "block" ? start + 1 : start;
}

function behindColon(text: string, keyEnd: number): number | undefined {
  const colon = skipGap(text, keyEnd);
  return text.charAt(colon) === ":" ? colon + 1 : undefined;
}
