import { SourceError } from "../source-error.ts";
import { CODE, isBlank, isBreak } from "./character.ts";
import type { Cursor } from "./cursor.ts";

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
  let broken = escaped;
  let first = "";
  let others = "";
  for (let code = cursor.code(); isBlank(code) || isBreak(code); code = cursor.code()) {
    if (isBlank(code)) {
      if (broken && code === CODE.tab && cursor.column < minColumn) {
        throw new SourceError("a tab is used as indentation, where YAML accepts only spaces", cursor.offset);
      }
      cursor.offset += 1;
    } else if (broken) {
      others += cursor.readBreak();
    } else {
      first = cursor.readBreak();
      broken = true;
    }
  }
  if (!broken) return { text: cursor.text.slice(start, cursor.offset), broken };
  if (first === "\n") return { text: others === "" ? " " : others, broken };
  return { text: first + others, broken };
}
