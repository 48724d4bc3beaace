import { keyName } from "../key.ts";
import { isMergeKey, resolveScalar } from "../scalar.ts";
import { parseDocument, type Builder, type Layout, type ScalarNode } from "../yaml/parser.ts";
import { readJsonTokens } from "./json-tokens.ts";

/**
 * A document as it is written: aliases and merges are themselves here, equal keys are all there. Offsets count UTF-16
 * units of the document; `start` is where a tag or an anchor begins, `end` is one past the last character.
 */
export type Node = ScalarText | Alias | ListNode | MapNode;

interface Span {
  readonly start: number;
  readonly end: number;
}

interface ScalarText extends Span {
  readonly kind: "scalar";
}

interface Alias extends Span {
  readonly kind: "alias";
  /** What it stands for. */
  readonly target: Node;
}

/** `body` is the first item's dash or the bracket. */
export interface ListNode extends Span {
  readonly kind: "list";
  readonly style: Layout["style"];
  readonly body: number;
  readonly items: readonly Node[];
}

/** `body` is the first key or the brace. */
export interface MapNode extends Span {
  readonly kind: "map";
  readonly style: Layout["style"];
  readonly body: number;
  readonly pairs: readonly Pair[];
}

interface Pair {
  readonly key: Span;
  /** Undefined if the key is an alias. */
  readonly name: string | undefined;
  readonly merge: boolean;
  readonly value: Node;
}

/** Aliases in the order in which they stand. */
export interface Tree {
  readonly root: Node | undefined;
  readonly aliases: readonly Alias[];
}

/** Reads a document that the manifest reader has accepted; throws SourceError for any other. */
export function readTree(text: string, syntax: "yaml" | "json"): Tree {
  const builder = new TreeBuilder(text);
  if (syntax === "json") readJsonTokens(text, builder);
  else parseDocument(text.endsWith("\n") ? text : `${text}\n`, builder);
  return builder;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type OpenList = Mutable<Omit<ListNode, "items">> & { readonly items: Node[] };
type OpenMap = Mutable<Omit<MapNode, "pairs">> & { readonly pairs: Pair[] };

interface Frame {
  readonly node: OpenList | OpenMap;
  /** The key whose value comes next. */
  key: Omit<Pair, "value"> | undefined;
}

/** Lives for one document. */
class TreeBuilder implements Builder, Tree {
  root: Node | undefined;
  readonly aliases: Alias[] = [];
  private readonly text: string;
  private readonly frames: Frame[] = [];
  private readonly anchors = new Map<string, Node>();

  constructor(text: string) {
    this.text = text;
  }

  scalar(scalar: ScalarNode): void {
    const end = isBlockText(this.text, scalar) ? blockTextEnd(this.text, scalar) : scalar.end;
    const node: Node = { kind: "scalar", start: scalar.first, end };
    if (scalar.anchor !== undefined) this.anchors.set(scalar.anchor, node);
    const resolved = resolveScalar(scalar);
    const name = resolved === undefined ? undefined : keyName(resolved);
    this.add(node, name, isMergeKey(scalar));
  }

  alias(name: string, start: number, end: number): void {
    const target = this.anchors.get(name);
    if (target === undefined) return;
    const node: Alias = { kind: "alias", start, end, target };
    this.aliases.push(node);
    this.add(node, undefined, false);
  }

  open(kind: "sequence" | "mapping", start: number, anchor: string | undefined, layout: Layout): void {
    const place = { start, end: start, ...layout };
    const node: OpenList | OpenMap =
      kind === "sequence" ? { kind: "list", ...place, items: [] } : { kind: "map", ...place, pairs: [] };
    if (anchor !== undefined) this.anchors.set(anchor, node);
    this.frames.push({ node, key: undefined });
  }

  /** Without a bracket a collection ends where its last value does: comments behind it are not its own. */
  close(end: number | undefined): void {
    const node = this.frames.pop()?.node;
    if (node === undefined) return;
    const last = node.kind === "list" ? node.items.at(-1) : node.pairs.at(-1)?.value;
    node.end = end ?? last?.end ?? node.start;
    this.add(node, undefined, false);
  }

  private add(node: Node, name: string | undefined, merge: boolean): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) this.root = node;
    else if (frame.node.kind === "list") frame.node.items.push(node);
    else if (frame.key === undefined) frame.key = { key: node, name: merge ? undefined : name, merge };
    else {
      frame.node.pairs.push({ ...frame.key, value: node });
      frame.key = undefined;
    }
  }
}

function isBlockText(text: string, { start, plain }: ScalarNode): boolean {
  return !plain && "|>".includes(text.charAt(start));
}

/** The scanner has read the line breaks behind a block of text; they belong to it only if its header has a `+`. */
function blockTextEnd(text: string, { start, end }: ScalarNode): number {
  const header = /^[|>][-+\d]*/.exec(text.slice(start, start + 3))?.[0] ?? "";
  if (!header.includes("+")) return start + text.slice(start, end).trimEnd().length;
  const line = text.lastIndexOf("\n", end - 1);
  return line > start && text.charAt(line - 1) === "\r" ? line - 1 : Math.max(line, start + header.length);
}
