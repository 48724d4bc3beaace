import type { RegoValue } from "../../../engine/index.ts";
import type { Style } from "./render.ts";
import type { Node } from "./tree.ts";

/** Text that comes in the place of a part of the document. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Where a value stands, which decides how another one is written in its place. */
export type Slot =
  | { readonly kind: "root" }
  /** Behind the `:` of a key at `column`. */
  | { readonly kind: "member"; readonly column: number; readonly indicatorEnd: number }
  /** Behind a `-` at `column`. */
  | { readonly kind: "item"; readonly column: number; readonly indicatorEnd: number }
  /** In brackets; `prefix` is the indentation of the entries if each has a line of its own. */
  | {
      readonly kind: "flow";
      readonly json: boolean;
      readonly compact: boolean;
      readonly prefix: string | undefined;
    };

/** One value that is to become another. */
export interface Work {
  readonly node: Node;
  readonly slot: Slot;
  readonly before: RegoValue;
  readonly after: RegoValue;
  /** The JSON pointer of the value in the document after. */
  readonly path: string;
}

/** What is known of the document, and what earlier attempts have taught. */
export interface Task {
  readonly text: string;
  readonly syntax: "yaml" | "json";
  readonly style: Style;
  /** The pointers whose values must change although they are the same, each with all its parents. */
  readonly wrong: ReadonlySet<string>;
  /** The pointers whose values are written anew as a whole. */
  readonly whole: ReadonlySet<string>;
  /** The offsets, in order, of aliases that must go because what they stand for goes. */
  readonly stale: readonly number[];
}

/** What to do for one value: edits in it, and values in it that need edits of their own. */
export interface Step {
  readonly edits: readonly TextEdit[];
  readonly next: readonly Work[];
}

export function childPath(path: string, step: string | number): string {
  return `${path}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Whether something in a value must be looked at although the value stays the same. */
export function isMarked({ wrong, whole, stale }: Task, { start, end }: Node, path: string): boolean {
  return wrong.has(path) || whole.has(path) || (firstFrom(stale, start) ?? Number.POSITIVE_INFINITY) < end;
}

/** The first of the sorted offsets that is not below `least`. */
function firstFrom(sorted: readonly number[], least: number): number | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return sorted[low];
}
