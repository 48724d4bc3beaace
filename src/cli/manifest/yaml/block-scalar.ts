import { SourceError } from "../source-error.ts";
import { CODE, isBlank, isBreak, isBreakOrEnd, isDigit } from "./character.ts";
import { tabError, type Cursor } from "./cursor.ts";
import type { ScalarToken } from "./token.ts";

type Chomping = "strip" | "clip" | "keep";

interface Header {
  readonly chomping: Chomping;
  /** The indentation that the author gave, or 0 if the first line decides. */
  readonly increment: number;
}

/** Reads `|` or `>` and the lines below it; `parentIndent` is the column of the collection around it, -1 if none. */
export function readBlockScalar(cursor: Cursor, parentIndent: number): ScalarToken {
  const start = cursor.offset;
  const folded = cursor.text.charAt(start) === ">";
  cursor.offset += 1;
  const { chomping, increment } = readHeader(cursor);
  const leading = readEmptyLines(cursor, increment === 0 ? undefined : Math.max(parentIndent, 0) + increment);
  const indent = leading.indent ?? Math.max(leading.deepest, parentIndent + 1, 1);
  let { breaks } = leading;
  let value = "";
  let lineBreak = "";
  let wasBlank = false;
  while (cursor.column === indent && !cursor.atEnd()) {
    const blank = isBlank(cursor.code());
    const folds = folded && !wasBlank && !blank && lineBreak === "\n";
    value += folds ? fold(breaks) : lineBreak + breaks;
    value += readLine(cursor);
    wasBlank = blank;
    lineBreak = cursor.readBreak();
    ({ breaks } = readEmptyLines(cursor, indent));
  }
  return {
    type: "scalar",
    start,
    end: cursor.offset,
    value: value + tail(chomping, lineBreak, breaks),
    plain: false,
  };
}

/** One line break becomes a space; of several the first is dropped. */
function fold(breaks: string): string {
  return breaks === "" ? " " : breaks;
}

function tail(chomping: Chomping, lineBreak: string, breaks: string): string {
  if (chomping === "strip") return "";
  return chomping === "keep" ? lineBreak + breaks : lineBreak;
}

function readHeader(cursor: Cursor): Header {
  const start = cursor.offset;
  let chomping = readChomping(cursor);
  const increment = readIncrement(cursor);
  if (chomping === undefined && increment > 0) chomping = readChomping(cursor);
  cursor.skipBlanks();
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.code())) {
    throw new SourceError("after `|` or `>` only an indentation, `+` or `-` and a comment may stand", start);
  }
  cursor.readBreak();
  return { chomping: chomping ?? "clip", increment };
}

function readChomping(cursor: Cursor): Chomping | undefined {
  const character = cursor.text.charAt(cursor.offset);
  if (character !== "+" && character !== "-") return undefined;
  cursor.offset += 1;
  return character === "+" ? "keep" : "strip";
}

function readIncrement(cursor: Cursor): number {
  if (!isDigit(cursor.code())) return 0;
  const increment = Number(cursor.text.charAt(cursor.offset));
  if (increment === 0) throw new SourceError("the indentation of a block of text cannot be 0", cursor.offset);
  cursor.offset += 1;
  return increment;
}

function readLine(cursor: Cursor): string {
  const from = cursor.offset;
  while (!isBreakOrEnd(cursor.code())) cursor.offset += 1;
  return cursor.text.slice(from, cursor.offset);
}

interface EmptyLines {
  readonly indent: number | undefined;
  readonly breaks: string;
  /** The column at which the deepest of these lines, or the text behind them, begins. */
  readonly deepest: number;
}

/** Reads empty lines and the indentation of the next; without `indent` any number of spaces is indentation. */
function readEmptyLines(cursor: Cursor, indent: number | undefined): EmptyLines {
  const end = indent ?? Number.POSITIVE_INFINITY;
  let breaks = "";
  let deepest = 0;
  for (;;) {
    cursor.skipSpaces(end);
    deepest = Math.max(deepest, cursor.column);
    if (cursor.column < end && cursor.code() === CODE.tab) throw tabError(cursor.offset);
    if (!isBreak(cursor.code())) return { indent, breaks, deepest };
    breaks += cursor.readBreak();
  }
}
