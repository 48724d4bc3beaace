import { z } from "zod";

/** A node of OPA's syntax tree (`opa parse --format json --json-include locations`); its kind decides what it has. */
export type SyntaxNode = Readonly<Record<string, unknown>>;

/** Offsets into a file's text, the end is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Rows count from 1, columns are code points from 1; `text` is the node's source in base64. */
const Location = z.object({ row: z.number(), col: z.number(), text: z.string().optional() });

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The nodes of a list; none for anything else. */
export function nodesIn(value: unknown): readonly SyntaxNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Where nodes stand in the text of their file. */
export interface Source {
  readonly text: string;
  /** Undefined for what OPA has added, and where the text does not agree with the tree. */
  readonly spanOf: (node: unknown) => Span | undefined;
  /** Counts from 1. */
  readonly positionOf: (offset: number) => { readonly line: number; readonly column: number };
}

export function readSource(text: string): Source {
  const lines = text.split("\n");
  const starts = lineStarts(lines);
  const spanOf = (node: unknown): Span | undefined => {
    const { success, data } = Location.safeParse(isNode(node) ? node["location"] : undefined);
    if (!success || data.text === undefined) return undefined;
    const line = lines[data.row - 1] ?? "";
    const before = Array.from(line)
      .slice(0, data.col - 1)
      .join("").length;
    const start = (starts[data.row - 1] ?? text.length) + before;
    const end = start + decode(data.text).length;
    return text.slice(start, end) === decode(data.text) ? { start, end } : undefined;
  };
  const positionOf = (offset: number) => {
    const index = starts.findLastIndex((start) => start <= offset);
    return { line: index + 1, column: offset - (starts[index] ?? 0) + 1 };
  };
  return { text, spanOf, positionOf };
}

function lineStarts(lines: readonly string[]): readonly number[] {
  const starts: number[] = [];
  let offset = 0;
  for (const line of lines) {
    starts.push(offset);
    offset += line.length + 1;
  }
  return starts;
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}
