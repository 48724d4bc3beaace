import { CODE, isBlank, isBreak } from "./character.ts";
import { tabError, type Cursor } from "./cursor.ts";

export interface BlankRun {
  /** What the run means inside a scalar: the blanks themselves, or the folded line breaks. */
  readonly text: string;
  readonly broken: boolean;
}

/**
 * Reads blanks and line breaks between two words of a plain or quoted scalar. One break folds to a space, n breaks to
 * n - 1. `escaped`: an escaped break came before, which counts as a break without text. A tab left of `minColumn`
 * would be indentation, which YAML forbids.
 */
export function readBlankRun(cursor: Cursor, minColumn: number, escaped: boolean): BlankRun {
  const start = cursor.offset;
  cursor.skipBlanks();
  const broken = escaped || isBreak(cursor.code());
  if (!broken) return { text: cursor.text.slice(start, cursor.offset), broken };
  const first = escaped ? "" : cursor.readBreak();
  const others = readBreaks(cursor, minColumn);
  const folds = first === "\n" && others === "";
  return { text: folds ? " " : keptFirst(first) + others, broken };
}

function readBreaks(cursor: Cursor, minColumn: number): string {
  let breaks = "";
  for (let code = cursor.code(); isBlank(code) || isBreak(code); code = cursor.code()) {
    if (code === CODE.tab && cursor.column < minColumn) throw tabError(cursor.offset);
    if (isBlank(code)) cursor.offset += 1;
    else breaks += cursor.readBreak();
  }
  return breaks;
}

/** LS and PS are kept where a line feed is dropped. */
function keptFirst(first: string): string {
  return first === "\n" ? "" : first;
}
