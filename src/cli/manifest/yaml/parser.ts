import { SourceError } from "../source-error.ts";
import { Scanner } from "./scanner.ts";
import type { Token, TokenType } from "./token.ts";

/** What builds the values; which values the scalars have is not the parser's business. Offsets as in the tokens. */
export interface Builder {
  scalar(scalar: ScalarNode): void;
  alias(name: string, start: number, end: number): void;
  open(kind: "sequence" | "mapping", start: number, anchor: string | undefined, layout: Layout): void;
  /** `end` is one past the bracket; undefined if the collection has none. */
  close(end: number | undefined): void;
}

/** How a collection is written; `body` is where it begins behind its tag and anchor. A `pair` has no brackets. */
export interface Layout {
  readonly style: "block" | "flow" | "pair";
  readonly body: number;
}

/** `tag` is the full tag, or "" for none. */
export interface ScalarNode {
  readonly start: number;
  /** Where its tag or anchor begins; `start` if it has neither. */
  readonly first: number;
  /** Of a block of text, behind the line breaks that follow it. */
  readonly end: number;
  readonly value: string;
  readonly plain: boolean;
  readonly tag: string;
  readonly anchor: string | undefined;
}

/** `indentless`: a list under a key, not deeper than the key. `pair`: `a: b` as an item of a list in brackets. */
type FrameKind =
  | "block-sequence"
  | "indentless"
  | "block-mapping"
  | "flow-sequence"
  | "flow-mapping"
  | "pair";

interface Frame {
  readonly kind: FrameKind;
  readonly start: number;
  /** Nodes so far; keys and values count one each. */
  nodes: number;
  /** The key had no `?` and no `:`, so its value is null whatever follows. */
  valueless: boolean;
}

/**
 * Parses the first document of a text and tells the builder, node by node. Scanner and parser follow the grammar of
 * go.yaml.in/yaml/v2 2.4.3 (Apache-2.0; its scanner comes from libyaml, MIT), with which kubectl reads YAML: a parser of
 * YAML 1.2 refuses brackets that close at the column of their key and comments behind a quote, which manifests hold.
 * It keeps its own stack, so that nesting cannot overflow the engine's. What follows the document is not looked at, as
 * in `yaml.Unmarshal`.
 */
export function parseDocument(text: string, builder: Builder): void {
  new Parser(text, builder).parse();
}

class Parser {
  private readonly scanner: Scanner;
  private readonly builder: Builder;
  private readonly frames: Frame[] = [];

  constructor(text: string, builder: Builder) {
    this.scanner = new Scanner(text);
    this.builder = builder;
  }

  parse(): void {
    let token = this.scanner.peek();
    if (token.type === "stream-end") return;
    if (token.type === "document-start") {
      token = this.next();
      if (is(token, "document-start", "document-end", "stream-end")) return;
    }
    this.node(true, false);
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) this.step(frame);
    this.scanner.peek();
  }

  private step(frame: Frame): void {
    switch (frame.kind) {
      case "block-sequence":
        return this.blockSequence();
      case "indentless":
        return this.indentless();
      case "block-mapping":
        return frame.nodes % 2 === 0 ? this.blockKey() : this.blockValue();
      case "flow-sequence":
        return this.flowSequence(frame);
      case "flow-mapping":
        return frame.nodes % 2 === 0 ? this.flowKey(frame) : this.flowValue(frame);
      case "pair":
        return this.pair(frame);
    }
  }

  private blockSequence(): void {
    const token = this.scanner.peek();
    if (token.type === "entry") return this.nodeUnless(this.next(), token.end, ["entry", "block-end"]);
    if (token.type !== "block-end") {
      throw new SourceError(
        "this line is neither an item of the list above nor less indented than it",
        token.start,
      );
    }
    return this.close(token);
  }

  private indentless(): void {
    const token = this.scanner.peek();
    if (token.type !== "entry") return this.close();
    return this.nodeUnless(this.next(), token.end, ["entry", "key", "value", "block-end"]);
  }

  private blockKey(): void {
    const token = this.scanner.peek();
    if (token.type === "key")
      return this.nodeUnless(this.next(), token.end, ["key", "value", "block-end"], true);
    if (token.type !== "block-end") {
      throw new SourceError(
        "this is neither a key of the mapping above nor less indented than it",
        token.start,
      );
    }
    return this.close(token);
  }

  private blockValue(): void {
    const token = this.scanner.peek();
    if (token.type !== "value") return this.empty(token.start);
    return this.nodeUnless(this.next(), token.end, ["key", "value", "block-end"], true);
  }

  private flowSequence(frame: Frame): void {
    const token = this.flowEntry(frame, "sequence-end");
    if (token.type === "sequence-end") return this.close(token);
    if (token.type !== "key") return this.node(false, false);
    this.scanner.take();
    return this.open("pair", token, token.start, undefined);
  }

  private pair(frame: Frame): void {
    if (frame.nodes === 2) return this.close();
    const token = this.scanner.peek();
    if (frame.nodes === 1) {
      if (token.type !== "value") return this.empty(token.start);
      return this.nodeUnless(this.next(), token.end, ["separator", "sequence-end"]);
    }
    if (!is(token, "value", "separator", "sequence-end")) return this.node(false, false);
    // libyaml drops the token here, so that `[? : a]` has no value.
    this.scanner.take();
    return this.empty(token.end);
  }

  private flowKey(frame: Frame): void {
    const token = this.flowEntry(frame, "mapping-end");
    if (token.type === "mapping-end") return this.close(token);
    frame.valueless = token.type !== "key";
    if (frame.valueless) return this.node(false, false);
    return this.nodeUnless(this.next(), token.end, ["value", "separator", "mapping-end"]);
  }

  private flowValue(frame: Frame): void {
    const token = this.scanner.peek();
    if (frame.valueless || token.type !== "value") return this.empty(token.start);
    return this.nodeUnless(this.next(), token.end, ["separator", "mapping-end"]);
  }

  /** The token that begins an entry in brackets, behind its comma, or the one that closes them. */
  private flowEntry(frame: Frame, end: "sequence-end" | "mapping-end"): Token {
    const token = this.scanner.peek();
    if (frame.nodes === 0 || token.type === end) return token;
    if (token.type === "separator") return this.next();
    if (token.type === "stream-end") throw unclosed(frame.start);
    throw new SourceError(`"," or "${end === "sequence-end" ? "]" : "}"}" is expected here`, token.start);
  }

  private next(): Token {
    this.scanner.take();
    return this.scanner.peek();
  }

  /** A node in block (or brackets: the innermost frame tells), or null if one of `ends` comes first. */
  private nodeUnless(token: Token, end: number, ends: readonly TokenType[], indentless = false): void {
    if (ends.includes(token.type)) this.empty(end);
    else this.node(ends.includes("block-end"), indentless);
  }

  private empty(start: number): void {
    this.count();
    this.builder.scalar({
      start,
      first: start,
      end: start,
      value: "",
      plain: true,
      tag: "",
      anchor: undefined,
    });
  }

  private node(block: boolean, indentless: boolean): void {
    const first = this.scanner.peek();
    if (first.type === "alias") {
      this.scanner.take();
      this.count();
      this.builder.alias(first.name, first.start, first.end);
      return;
    }
    const { tag, anchor, end } = this.properties();
    const token = this.scanner.peek();
    const kind = frameKind(token.type, block, indentless);
    if (kind !== undefined) {
      if (kind !== "indentless") this.scanner.take();
      this.open(kind, token, first.start, anchor);
    } else if (token.type === "scalar") {
      this.scanner.take();
      this.count();
      const { start, value, plain } = token;
      this.builder.scalar({ start, first: first.start, end: token.end, value, plain, tag, anchor });
    } else if (first === token) {
      throw this.missingValue(token);
    } else {
      this.count();
      const { start } = first;
      this.builder.scalar({ start, first: start, end, value: "", plain: true, tag, anchor });
    }
  }

  private missingValue({ type, start }: Token): SourceError {
    const frame = this.frames.at(-1);
    const open = type === "stream-end" && frame !== undefined && !frame.kind.startsWith("block");
    return open ? unclosed(frame.start) : new SourceError("a value is expected here", start);
  }

  /** A tag and an anchor, each at most once, in either order; `end` is behind them. */
  private properties(): { readonly tag: string; readonly anchor: string | undefined; readonly end: number } {
    let tag = "";
    let anchor: string | undefined;
    let end = 0;
    for (let token = this.scanner.peek(); ; token = this.next()) {
      if (token.type === "tag" && tag === "") tag = token.name;
      else if (token.type === "anchor" && anchor === undefined) anchor = token.name;
      else return { tag, anchor, end };
      ({ end } = token);
    }
  }

  private open(kind: FrameKind, { start: body }: Token, start: number, anchor: string | undefined): void {
    this.count();
    this.frames.push({ kind, start, nodes: 0, valueless: false });
    const isMapping = kind.endsWith("mapping") || kind === "pair";
    this.builder.open(isMapping ? "mapping" : "sequence", start, anchor, { style: styleOf(kind), body });
  }

  private close(token?: Token): void {
    if (token !== undefined) this.scanner.take();
    const flow = token?.type === "sequence-end" || token?.type === "mapping-end";
    this.frames.pop();
    this.builder.close(flow ? token.end : undefined);
  }

  private count(): void {
    const frame = this.frames.at(-1);
    if (frame !== undefined) frame.nodes += 1;
  }
}

function styleOf(kind: FrameKind): Layout["style"] {
  if (kind === "pair") return "pair";
  return kind.startsWith("flow") ? "flow" : "block";
}

function unclosed(start: number): SourceError {
  return new SourceError("the bracket that opens here is not closed", start);
}

function is(token: Token, ...types: readonly TokenType[]): boolean {
  return types.includes(token.type);
}

function frameKind(type: TokenType, block: boolean, indentless: boolean): FrameKind | undefined {
  if (type === "sequence-start") return "flow-sequence";
  if (type === "mapping-start") return "flow-mapping";
  if (type === "entry" && indentless) return "indentless";
  if (type === "block-sequence-start" && block) return "block-sequence";
  return type === "block-mapping-start" && block ? "block-mapping" : undefined;
}
