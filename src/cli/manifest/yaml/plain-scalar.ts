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
  const start = cursor.offset;
  let end = start;
  let value = "";
  let pending = "";
  let lineEnded = false;
  while (!cursor.atDocumentIndicator() && cursor.code() !== CODE.hash) {
    const from = cursor.offset;
    skipWord(cursor, inFlow);
    if (cursor.offset > from) {
      value += pending + cursor.text.slice(from, cursor.offset);
      end = cursor.offset;
      lineEnded = false;
    }
    const code = cursor.code();
    if (!isBlank(code) && !isBreak(code)) break;
    const run = readBlankRun(cursor, minColumn, false);
    pending = run.text;
    lineEnded = run.broken;
    if (!inFlow && cursor.column < minColumn) break;
  }
  return { token: { type: "scalar", start, end, value, plain: true }, lineEnded };
}

function skipWord(cursor: Cursor, inFlow: boolean): void {
  for (let code = cursor.code(); !isBlankBreakOrEnd(code); code = cursor.code()) {
    if (code === CODE.colon && isBlankBreakOrEnd(cursor.code(1))) return;
    if (inFlow && isFlowIndicator(code)) return;
    cursor.offset += 1;
  }
}
