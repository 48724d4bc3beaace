import fc, { type Arbitrary } from "fast-check";

/** What a piece of Rego gives; `list` is an array or a set, `collection` any of the three, `small` a small integer. */
export type Kind =
  | "any"
  | "array"
  | "boolean"
  | "collection"
  | "condition"
  | "integer"
  | "key"
  | "list"
  | "number"
  | "object"
  | "set"
  | "small"
  | "string";

/**
 * How much may still be nested, which loops are around, and whether rules may be named. The variables of a loop are `x` and
 * `k` with the depth that was left where it began, so no name is declared twice.
 */
export interface Scope {
  readonly depth: number;
  readonly loops: readonly number[];
  readonly rules: boolean;
}

const HOLE = /^<(\w+)('?)>$/;

/**
 * Rego with holes: `<number>` is any expression of that kind, `<any'>` one inside of the loop that the template makes,
 * whose variables are `$x` and `$k`.
 */
export function filled(
  template: string,
  scope: Scope,
  expression: (kind: Kind, scope: Scope) => Arbitrary<string>,
): Arbitrary<string> {
  const { depth, loops } = scope;
  const inner = { ...scope, depth: depth - 1 };
  const parts = template.split(/(<\w+'?>)/).map((part) => {
    const [, kind, isInside] = HOLE.exec(part) ?? [];
    if (kind === undefined) return fc.constant(part.replaceAll(/\$(\w)/g, `$1${depth}`));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: the names in the tables of templates
    return expression(kind as Kind, isInside === "'" ? { ...inner, loops: [...loops, depth] } : inner);
  });
  return fc.tuple(...parts).map((texts) => texts.join(""));
}
