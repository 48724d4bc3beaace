import { SourceError } from "../source-error.ts";
import { readBlankRun } from "./blank-run.ts";
import { CODE, isBlankBreakOrEnd, isBreak } from "./character.ts";
import type { Cursor } from "./cursor.ts";
import type { ScalarToken } from "./token.ts";

/** What one character after `\` stands for. YAML 1.1 has no `\/`. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["\t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);

/** How many hexadecimal digits follow. */
const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/** Reads a scalar in single or double quotes; `quote` is the code of the one that the cursor is at. */
export function readQuotedScalar(cursor: Cursor, quote: number): ScalarToken {
  const start = cursor.offset;
  cursor.offset += 1;
  let value = "";
  for (;;) {
    if (cursor.atDocumentIndicator() || cursor.atEnd()) {
      throw new SourceError("the quoted text that begins here has no closing quote", start);
    }
    const word = readWord(cursor, quote);
    value += word.text;
    if (cursor.code() === quote) break;
    value += readBlankRun(cursor, 0, word.escapedBreak).text;
  }
  cursor.offset += 1;
  return { type: "scalar", start, end: cursor.offset, value, plain: false };
}

interface Word {
  readonly text: string;
  readonly escapedBreak: boolean;
}

/** Reads up to the closing quote, a blank, a line break or the end. */
function readWord(cursor: Cursor, quote: number): Word {
  let text = "";
  let from = cursor.offset;
  for (let code = cursor.code(); !isBlankBreakOrEnd(code); code = cursor.code()) {
    if (code === quote && !isDoubled(cursor, quote)) break;
    if (code !== quote && !(code === CODE.backslash && quote === CODE.doubleQuote)) {
      cursor.offset += 1;
      continue;
    }
    text += cursor.text.slice(from, cursor.offset);
    if (isEscapedBreak(cursor)) {
      cursor.offset += 1;
      cursor.readBreak();
      return { text, escapedBreak: true };
    }
    text += quote === CODE.singleQuote ? readDoubled(cursor) : readEscape(cursor);
    from = cursor.offset;
  }
  return { text: text + cursor.text.slice(from, cursor.offset), escapedBreak: false };
}

/** Two single quotes stand for one inside single quotes. */
function isDoubled(cursor: Cursor, quote: number): boolean {
  return quote === CODE.singleQuote && cursor.code(1) === quote;
}

function readDoubled(cursor: Cursor): string {
  cursor.offset += 2;
  return "'";
}

function isEscapedBreak(cursor: Cursor): boolean {
  return cursor.code() === CODE.backslash && isBreak(cursor.code(1));
}

function readEscape(cursor: Cursor): string {
  const start = cursor.offset;
  const name = cursor.text.charAt(start + 1);
  cursor.offset += 2;
  const simple = ESCAPES.get(name);
  if (simple !== undefined) return simple;
  const length = HEX_LENGTHS.get(name);
  if (length === undefined) {
    throw new SourceError(`"\\${name}" is no escape that YAML knows`, start);
  }
  const digits = cursor.text.slice(cursor.offset, cursor.offset + length);
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) {
    throw new SourceError(`"\\${name}" must be followed by ${length} hexadecimal digits`, start);
  }
  const point = Number.parseInt(digits, 16);
  if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) {
    throw new SourceError(`"\\${name}${digits}" is no Unicode character`, start);
  }
  cursor.offset += length;
  return String.fromCodePoint(point);
}
