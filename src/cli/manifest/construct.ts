import { AliasCount } from "./alias-count.ts";
import { keyName } from "./key.ts";
import { isMergeKey, resolveScalar, type Resolved } from "./scalar.ts";
import { SourceError } from "./source-error.ts";
import type { Member, Value } from "./value.ts";
import { CORE_TAG } from "./yaml/name.ts";
import { parseDocument, type Builder, type ScalarNode } from "./yaml/parser.ts";

/** Go's encoding/json, with which the API server reads every object, refuses deeper nesting (`maxNestingDepth`). */
export const MAX_DEPTH = 10_000;

/**
 * Reads one YAML document as `sigs.k8s.io/yaml` does on the way to JSON; undefined if there is none. The offsets of
 * values count from the beginning of the file, in which the document begins at `base`. Throws SourceError, whose offset
 * counts from the beginning of the document, like those of the parser.
 */
export function constructYaml(text: string, base: number): Value | undefined {
  const constructor = new Constructor(base);
  parseDocument(text, constructor);
  return constructor.root;
}

/** What an anchor names; `value` is undefined while the collection is open, `resolved` unless it is a scalar. */
interface Anchor {
  value: Value | undefined;
  readonly resolved: Resolved | undefined;
  /** How many nodes it counts for, and how deep they nest. */
  nodes: number;
  depth: number;
}

/** `merge` stands for the key `<<`. */
interface Key {
  readonly name: string;
  readonly merge: boolean;
  readonly start: number;
}

/** An open collection. */
interface Frame {
  readonly start: number;
  readonly anchor: Anchor | undefined;
  readonly target: Value[] | Map<string, Member>;
  /** The key whose value comes next. */
  key: Key | undefined;
  readonly nodesBefore: number;
  depth: number;
}

/** Makes values from the parser's nodes; lives for one document. */
class Constructor implements Builder {
  root: Value | undefined;
  private readonly base: number;
  private readonly frames: Frame[] = [];
  private readonly anchors = new Map<string, Anchor>();
  private readonly aliases = new AliasCount();

  constructor(base: number) {
    this.base = base;
  }

  scalar(node: ScalarNode): void {
    const { start } = node;
    this.count(1, 0, start);
    const resolved = resolveScalar(node);
    if (resolved === undefined) {
      throw new SourceError(`the tag ${shortTag(node.tag)} does not fit this value`, start);
    }
    const { type, text } = resolved;
    const value: Value = {
      kind: "scalar",
      start: this.base + start,
      type: type === "unwritable" ? "string" : type,
      text,
    };
    if (node.anchor !== undefined) this.anchors.set(node.anchor, { value, resolved, nodes: 1, depth: 0 });
    const frame = this.frames.at(-1);
    if (frame !== undefined && expectsKey(frame) && isMergeKey(node))
      frame.key = { name: "<<", merge: true, start };
    else this.add(value, resolved, start);
  }

  alias(name: string, start: number): void {
    const anchor = this.anchors.get(name);
    if (anchor === undefined) throw new SourceError(`no anchor "${name}" stands above this alias`, start);
    if (anchor.value === undefined)
      throw new SourceError(`the value of the anchor "${name}" contains itself`, start);
    this.count(1 + anchor.nodes, anchor.nodes, start);
    this.deepen(anchor.depth, start);
    if (this.frames.at(-1)?.key?.merge === true && anchor.value.kind !== "mapping")
      throw mergesNoMapping(start);
    this.add(anchor.value, anchor.resolved, start);
  }

  open(kind: "sequence" | "mapping", start: number, name: string | undefined): void {
    const nodesBefore = this.aliases.nodes;
    this.count(1, 0, start);
    this.deepen(1, start);
    const anchor = name === undefined ? undefined : openAnchor();
    if (name !== undefined && anchor !== undefined) this.anchors.set(name, anchor);
    const target = kind === "sequence" ? [] : new Map<string, Member>();
    this.frames.push({ start, anchor, target, key: undefined, nodesBefore, depth: 0 });
  }

  close(): void {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    const { start, target, anchor } = frame;
    const value: Value = Array.isArray(target)
      ? { kind: "sequence", start: this.base + start, items: target }
      : { kind: "mapping", start: this.base + start, members: target };
    const depth = frame.depth + 1;
    if (anchor !== undefined)
      Object.assign(anchor, { value, nodes: this.aliases.nodes - frame.nodesBefore, depth });
    this.deepen(depth, start);
    this.add(value, undefined, start);
  }

  /** Puts a value where the parser is; `resolved` tells what kind of key a scalar makes. */
  private add(value: Value, resolved: Resolved | undefined, start: number): void {
    const frame = this.frames.at(-1);
    if (frame !== undefined && expectsKey(frame)) {
      frame.key = { name: nameOf(resolved, start), merge: false, start };
      return;
    }
    if (resolved?.type === "unwritable") throw new SourceError(`JSON has no number ${resolved.text}`, start);
    if (frame === undefined) this.root = value;
    else if (Array.isArray(frame.target)) frame.target.push(value);
    else this.addMember(frame, frame.target, value);
  }

  private addMember(frame: Frame, members: Map<string, Member>, value: Value): void {
    const { key } = frame;
    frame.key = undefined;
    if (key === undefined) return;
    if (key.merge) merge(members, value, key.start);
    else members.set(key.name, { keyStart: this.base + key.start, value });
  }

  private count(nodes: number, aliased: number, start: number): void {
    if (this.aliases.add(nodes, aliased)) return;
    const message = "the aliases of this document expand to more values than kubectl accepts";
    throw new SourceError(message, start, "MANIFEST_ALIAS_BOMB");
  }

  /** Something that nests `depth` levels begins here. */
  private deepen(depth: number, start: number): void {
    const frame = this.frames.at(-1);
    if (frame !== undefined) frame.depth = Math.max(frame.depth, depth);
    if (this.frames.length + depth <= MAX_DEPTH) return;
    throw new SourceError(
      `the document is nested deeper than ${MAX_DEPTH} levels`,
      start,
      "MANIFEST_TOO_DEEP",
    );
  }
}

function openAnchor(): Anchor {
  return { value: undefined, resolved: undefined, nodes: 0, depth: 0 };
}

function expectsKey(frame: Frame): boolean {
  return !Array.isArray(frame.target) && frame.key === undefined;
}

/** goyaml merges where it meets `<<`: over the keys above it, under the keys below it, of a list the first wins. */
function merge(members: Map<string, Member>, value: Value, start: number): void {
  const sources = value.kind === "sequence" ? value.items.toReversed() : [value];
  for (const source of sources) {
    if (source.kind !== "mapping") throw mergesNoMapping(start);
    for (const [name, member] of source.members) members.set(name, member);
  }
}

function mergesNoMapping(start: number): SourceError {
  return new SourceError("`<<` merges a mapping or a list of mappings, and this is neither", start);
}

function nameOf(resolved: Resolved | undefined, start: number): string {
  if (resolved === undefined) throw new SourceError("a list or a mapping cannot be a key", start);
  const name = keyName(resolved);
  if (name === undefined)
    throw new SourceError(`${resolved.text} cannot be a key; put it in quotes if it is meant`, start);
  return name;
}

function shortTag(tag: string): string {
  return tag.startsWith(CORE_TAG) ? `!!${tag.slice(CORE_TAG.length)}` : tag;
}
