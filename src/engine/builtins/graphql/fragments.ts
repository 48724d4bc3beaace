import type { Field, FragmentSpread, Selection } from "./ast.ts";
import { check } from "./limits.ts";
import type { Query } from "./query.ts";

/** No fragment may spread itself, through whatever others (rules/no_fragment_cycles.go). Throws InvalidGraphql. */
export function validateCycles({ fragments, limits }: Query): void {
  const isDone = new Map<string, boolean>();
  const visit = (name: string): void => {
    const fragment = fragments.get(name);
    const state = isDone.get(name);
    check(state !== false);
    if (state === true || fragment === undefined) return;
    isDone.set(name, false);
    for (const selection of leavesOf(fragment.SelectionSet))
      if (selection.kind === "spread") limits.nest(() => visit(selection.Name));
    isDone.set(name, true);
  };
  for (const name of fragments.keys()) visit(name);
}

/** The fields of a selection set at whatever depth, and the fragments that it spreads. */
function* leavesOf(set: readonly Selection[]): Generator<Field | FragmentSpread> {
  for (const selection of set) {
    if (selection.kind !== "inline") yield selection;
    if (selection.kind !== "spread") yield* leavesOf(selection.SelectionSet);
  }
}

const LISTS: ReadonlySet<string> = new Set(["fields", "interfaces", "possibleTypes", "inputFields"]);

/** Lists in lists that introspection may ask for (rules/max_introspection_depth.go). */
const MAX_LISTS = 2;

/** Counts such lists, each fragment once: they have no cycles. */
export class IntrospectionDepth {
  readonly #query: Query;
  readonly #depths = new Map<string, number>();

  constructor(query: Query) {
    this.#query = query;
  }

  /** Throws InvalidGraphql. */
  check(field: Field): void {
    if (field.Name === "__schema" || field.Name === "__type")
      check(this.#depthOf(field.SelectionSet) <= MAX_LISTS);
  }

  #depthOf(set: readonly Selection[]): number {
    return set.reduce(
      (deepest, selection) =>
        Math.max(
          deepest,
          this.#query.limits.nest(() => this.#selectionDepth(selection)),
        ),
      0,
    );
  }

  #selectionDepth(selection: Selection): number {
    if (selection.kind === "spread") return this.#fragmentDepth(selection.Name);
    const depth = this.#depthOf(selection.SelectionSet);
    return selection.kind === "field" && LISTS.has(selection.Name) ? depth + 1 : depth;
  }

  #fragmentDepth(name: string): number {
    const depth =
      this.#depths.get(name) ?? this.#depthOf(this.#query.fragments.get(name)?.SelectionSet ?? []);
    this.#depths.set(name, depth);
    return depth;
  }
}

/** The names of the fields that a subscription asks for, at its top. */
export function topFields({ fragments, limits }: Query, set: readonly Selection[]): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<string>();
  const collect = (selections: readonly Selection[]): void => {
    for (const selection of selections) {
      if (selection.kind === "field") names.add(selection.Name);
      else if (selection.kind === "inline") collect(selection.SelectionSet);
      else if (!seen.has(selection.Name)) {
        seen.add(selection.Name);
        limits.nest(() => collect(fragments.get(selection.Name)?.SelectionSet ?? []));
      }
    }
  };
  collect(set);
  return names;
}
