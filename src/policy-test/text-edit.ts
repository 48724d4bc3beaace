/** A change of a text: `remove` UTF-16 units at `index` make room for `insert`. */
export interface TextEdit {
  readonly index: number;
  readonly remove: number;
  readonly insert: string;
}

/** Applies edits that do not overlap, in whatever order they come. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let at = 0;
  for (const { index, remove, insert } of [...edits].sort((left, right) => left.index - right.index)) {
    result += text.slice(at, index) + insert;
    at = index + remove;
  }
  return result + text.slice(at);
}

/** Takes a piece out and leaves its line ends, so that what follows stays on its line. */
export function blanked(index: number, piece: string): TextEdit {
  return { index, remove: piece.length, insert: "\n".repeat(piece.split("\n").length - 1) };
}
