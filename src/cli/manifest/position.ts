import type { FieldPath } from "../../policy/field-path.ts";
import type { Value } from "./value.ts";

/** Line and column count from 1, columns in UTF-16 units as editors and SARIF do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into lines; the line table is made at the first question. */
export class LineTable {
  private readonly text: string;
  private starts: readonly number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  position(offset: number): Position {
    // Where most objects begin; most files are asked for nothing else.
    if (offset === 0) return { line: 1, column: 1 };
    this.starts ??= lineStarts(this.text);
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Where the value at a path stands, its key for members of a mapping; of a missing value, its nearest parent. */
export function offsetAt(root: Value, path: FieldPath): number {
  let value = root;
  let offset = root.start;
  for (const step of path) {
    if (value.kind === "mapping") {
      const member = value.members.get(String(step));
      if (member === undefined) break;
      offset = member.keyStart;
      value = member.value;
    } else {
      const item = value.kind === "sequence" && typeof step === "number" ? value.items[step] : undefined;
      if (item === undefined) break;
      offset = item.start;
      value = item;
    }
  }
  return offset;
}
