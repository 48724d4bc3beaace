import { SourceError } from "../source-error.ts";
import { CODE, isBlank, isBreak, isBreakOrEnd, isDigit } from "./character.ts";
import type { Cursor } from "./cursor.ts";
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
  let { indent, breaks } = readLeadingBreaks(
    cursor,
    increment === 0 ? 0 : Math.max(parentIndent, 0) + increment,
    parentIndent,
  );
  let value = "";
  let lineBreak = "";
  let wasBlank = false;
  while (cursor.column === indent && !cursor.atEnd()) {
    const blank = isBlank(cursor.code());
    const folds = folded && !wasBlank && !blank && lineBreak === "\n";
    value += folds ? (breaks === "" ? " " : breaks) : lineBreak + breaks;
    wasBlank = blank;
    value += readLine(cursor);
    lineBreak = cursor.readBreak();
    ({ indent, breaks } = readLeadingBreaks(cursor, indent, parentIndent));
  }
  if (chomping !== "strip") value += lineBreak;
  if (chomping === "keep") value += breaks;
  return { type: "scalar", start, end: cursor.offset, value, plain: false };
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

/** Reads indentation and empty lines; with `indent` 0 the deepest of these lines and the next text decide it. */
function readLeadingBreaks(
  cursor: Cursor,
  indent: number,
  parentIndent: number,
): { indent: number; breaks: string } {
  let breaks = "";
  let deepest = 0;
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.code() === CODE.space) cursor.offset += 1;
    deepest = Math.max(deepest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.code() === CODE.tab) {
      throw new SourceError("a tab is used as indentation, where YAML accepts only spaces", cursor.offset);
    }
    if (!isBreak(cursor.code())) break;
    breaks += cursor.readBreak();
  }
  return { indent: indent === 0 ? Math.max(deepest, parentIndent + 1, 1) : indent, breaks };
}
