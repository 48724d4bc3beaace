import { entriesOf } from "./entries.ts";
import type { Style } from "./render.ts";
import { columnOf, indentationBefore, lineStart } from "./source-text.ts";
import type { ListNode, MapNode, Node } from "./tree.ts";

const SPACES = 2;

/** The indentation of a document, as its first map in a map and its first list in a map show. */
export function styleOf(text: string, root: Node): Style {
  const steps: { map?: number; list?: number } = {};
  const pending: Node[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const child of childrenOf(node).toReversed()) pending.push(child);
    if (node.kind === "map" && node.style === "block") learnSteps(text, node, steps);
    if (steps.map !== undefined && steps.list !== undefined) break;
  }
  const step = steps.map ?? SPACES;
  return { step, listStep: steps.list ?? 0, unit: unitOf(text, root) ?? " ".repeat(step) };
}

function learnSteps(text: string, { body, pairs }: MapNode, steps: { map?: number; list?: number }): void {
  for (const { value } of pairs) {
    if (isInBlock(value)) steps[value.kind] ??= columnOf(text, value.body) - columnOf(text, body);
  }
}

function childrenOf(node: Node): readonly Node[] {
  if (node.kind === "list") return node.items;
  return node.kind === "map" ? node.pairs.map(({ value }) => value) : [];
}

function isInBlock(node: Node): node is ListNode | MapNode {
  return (node.kind === "map" || node.kind === "list") && node.style === "block";
}

/** What is added to the indentation for the members of an object in braces. */
function unitOf(text: string, root: Node): string | undefined {
  if (root.kind !== "map" || root.style !== "flow") return undefined;
  const [first] = entriesOf(text, root);
  const inner = first === undefined ? undefined : indentationBefore(text, first.start);
  const outer = /[ \t]*/.exec(text.slice(lineStart(text, root.start), root.start))?.[0] ?? "";
  return inner !== undefined && inner.length > outer.length ? inner.slice(outer.length) : undefined;
}
