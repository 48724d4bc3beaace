import { readBlankRun } from "./blank-run.ts";
import { CODE, isBlank, isBlankBreakOrEnd, isBreak, isFlowIndicator } from "./character.ts";
import type { Cursor } from "./cursor.ts";
import type { ScalarToken } from "./token.ts";

export interface PlainScalar {
  readonly token: ScalarToken;
  /** Line breaks follow the scalar, so a new key may begin. */
  readonly lineEnded: boolean;
}

/** Reads a scalar without quotes. It ends where a line is not indented to `minColumn`, unless it stands in brackets. */
export function readPlainScalar(cursor: Cursor, minColumn: number, inFlow: boolean): PlainScalar {
  const { text, offset: start } = cursor;
  /** Up to where the last word ended, of which the lines above `line` are in `above`. */
  let end = start;
  let line = start;
  let above = "";
  let fold = "";
  let lineEnded = false;
  while (!cursor.atDocumentIndicator() && cursor.code() !== CODE.hash) {
    const word = cursor.offset;
    skipWord(cursor, inFlow);
    if (cursor.offset > word) {
      if (lineEnded) {
        above += text.slice(line, end) + fold;
        line = word;
      }
      end = cursor.offset;
      lineEnded = false;
    }
    const code = cursor.code();
    if (!isBlank(code) && !isBreak(code)) break;
    const run = readBlankRun(cursor, minColumn, false);
    fold = run.text;
    lineEnded = run.broken;
    if (!inFlow && cursor.column < minColumn) break;
  }
  const value = above + text.slice(line, end);
  return { token: { type: "scalar", start, end, value, plain: true }, lineEnded };
}

function skipWord(cursor: Cursor, inFlow: boolean): void {
  const { text } = cursor;
  let at = cursor.offset;
  for (let code = text.charCodeAt(at); !isBlankBreakOrEnd(code); code = text.charCodeAt(at)) {
    if (code === CODE.colon && isBlankBreakOrEnd(text.charCodeAt(at + 1))) break;
    if (inFlow && isFlowIndicator(code)) break;
    at += 1;
  }
  cursor.offset = at;
}
