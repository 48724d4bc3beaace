import type { Field, FragmentSpread, Selection, Type } from "./ast.ts";
import { check, required } from "./limits.ts";
import type { Query } from "./query.ts";
import { haveSameArguments } from "./same-arguments.ts";
import { isLeaf, type Schema, type SchemaType } from "./schema.ts";

/** The fields of a selection set by the name that they have in the response, and the fragments that it spreads. */
interface Selected {
  readonly fields: ReadonlyMap<string, readonly Field[]>;
  readonly spreads: readonly FragmentSpread[];
}

/**
 * Fields of one name must be the same field, with the same arguments (rules/overlapping_fields_can_be_merged.go).
 * It compares what gqlparser compares, and as often: what that leaves out is no conflict here either. Made for one query.
 */
export class OverlappingFields {
  readonly #query: Query;
  readonly #selected = new Map<readonly Selection[], Selected>();
  /** By the names of two fragments, whether they were compared as exclusive. */
  readonly #comparedPairs = new Map<string, boolean>();
  #comparedFragments = new Set<string>();

  constructor(query: Query) {
    this.#query = query;
  }

  /** Throws InvalidGraphql if there is a conflict. */
  check(set: readonly Selection[]): void {
    const { fields, spreads } = this.#select(set);
    for (const named of fields.values()) {
      for (const [index, field] of named.entries())
        for (const other of named.slice(index + 1)) this.#compare(false, field, other);
    }
    this.#comparedFragments = new Set();
    for (const [index, spread] of spreads.entries()) {
      this.#compareWithFragment(false, fields, spread);
      for (const other of spreads.slice(index + 1)) this.#compareFragments(false, spread, other);
    }
  }

  #select(set: readonly Selection[]): Selected {
    const known = this.#selected.get(set);
    if (known !== undefined) return known;
    const fields = new Map<string, Field[]>();
    const spreads: FragmentSpread[] = [];
    const collect = (selections: readonly Selection[]): void => {
      for (const selection of selections) {
        this.#query.limits.spend(1);
        if (selection.kind === "inline") collect(selection.SelectionSet);
        else if (selection.kind === "spread") spreads.push(selection);
        else push(fields, selection.Alias === "" ? selection.Name : selection.Alias, selection);
      }
    };
    collect(set);
    const selected = { fields, spreads };
    this.#selected.set(set, selected);
    return selected;
  }

  #compareWithFragment(isExclusive: boolean, fields: Selected["fields"], spread: FragmentSpread): void {
    const name = spread.Name;
    if (this.#comparedFragments.has(name)) return;
    this.#comparedFragments.add(name);
    const fragment = this.#query.fragments.get(name);
    if (fragment === undefined) return;
    const other = this.#select(fragment.SelectionSet);
    if (other.fields === fields || (fields.size === 0 && other.fields.size === 0)) return;
    this.#compareAll(isExclusive, fields, other.fields);
    for (const nested of other.spreads)
      if (nested.Name !== name)
        this.#query.limits.nest(() => this.#compareWithFragment(isExclusive, fields, nested));
  }

  #compareFragments(isExclusive: boolean, spreadA: FragmentSpread, spreadB: FragmentSpread): void {
    this.#query.limits.spend(1);
    if (spreadA.Name === spreadB.Name || this.#isCompared(isExclusive, spreadA, spreadB)) return;
    const fragmentA = this.#query.fragments.get(spreadA.Name);
    const fragmentB = this.#query.fragments.get(spreadB.Name);
    if (fragmentA === undefined || fragmentB === undefined) return;
    const a = this.#select(fragmentA.SelectionSet);
    const b = this.#select(fragmentB.SelectionSet);
    this.#compareAll(isExclusive, a.fields, b.fields);
    const { limits } = this.#query;
    for (const nested of b.spreads) limits.nest(() => this.#compareFragments(isExclusive, spreadA, nested));
    for (const nested of a.spreads) limits.nest(() => this.#compareFragments(isExclusive, nested, spreadB));
  }

  /** Whether two fragments were compared already; from now on they were. */
  #isCompared(isExclusive: boolean, { Name: a }: FragmentSpread, { Name: b }: FragmentSpread): boolean {
    const pair = a < b ? `${a} ${b}` : `${b} ${a}`;
    const compared = this.#comparedPairs.get(pair);
    if (compared !== undefined && (isExclusive || !compared)) return true;
    this.#comparedPairs.set(pair, isExclusive);
    return false;
  }

  #compareSubfields(isExclusive: boolean, setA: readonly Selection[], setB: readonly Selection[]): void {
    const a = this.#select(setA);
    const b = this.#select(setB);
    this.#compareAll(isExclusive, a.fields, b.fields);
    for (const spread of b.spreads) {
      this.#comparedFragments = new Set();
      this.#compareWithFragment(isExclusive, a.fields, spread);
    }
    for (const spread of a.spreads) {
      this.#comparedFragments = new Set();
      this.#compareWithFragment(isExclusive, b.fields, spread);
    }
    for (const spreadA of a.spreads)
      for (const spreadB of b.spreads) this.#compareFragments(isExclusive, spreadA, spreadB);
  }

  #compareAll(isExclusive: boolean, fieldsA: Selected["fields"], fieldsB: Selected["fields"]): void {
    this.#query.limits.spend(fieldsA.size);
    for (const [name, named] of fieldsA) {
      const others = fieldsB.get(name) ?? [];
      for (const field of named) for (const other of others) this.#compare(isExclusive, field, other);
    }
  }

  /** Fields of types that no value has both may differ, but not in the shape of what they give. */
  #compare(isParentExclusive: boolean, fieldA: Field, fieldB: Field): void {
    const { resolved, schema, limits } = this.#query;
    limits.spend(1);
    const a = resolved.get(fieldA);
    const b = resolved.get(fieldB);
    if (a === undefined || b === undefined) return;
    const isExclusive = isParentExclusive || areExclusive(a.parent, b.parent);
    if (!isExclusive) {
      check(fieldA.Name === fieldB.Name);
      check(haveSameArguments(fieldA.Arguments, fieldB.Arguments, limits));
    }
    check(!doTypesConflict(schema, a.type, b.type));
    const [setA, setB] = [fieldA.SelectionSet, fieldB.SelectionSet];
    if (setA.length > 0 || setB.length > 0)
      limits.nest(() => this.#compareSubfields(isExclusive, setA, setB));
  }
}

function push(fields: Map<string, Field[]>, name: string, field: Field): void {
  const named = fields.get(name);
  if (named === undefined) fields.set(name, [field]);
  else named.push(field);
}

function areExclusive(a: SchemaType, b: SchemaType): boolean {
  return a.Name !== b.Name && a.Kind === "OBJECT" && b.Kind === "OBJECT";
}

/** Lists, what must not be null, and scalars and enums must be the same; objects are compared field by field. */
function doTypesConflict({ types }: Schema, typeA: Type, typeB: Type): boolean {
  if (typeA === typeB) return false;
  let [a, b] = [typeA, typeB];
  while (a.Elem !== undefined && b.Elem !== undefined) [a, b] = [a.Elem, b.Elem];
  if (a.Elem !== undefined || b.Elem !== undefined || a.NonNull !== b.NonNull) return true;
  const named = [a, b].map(({ NamedType }) => required(types.get(NamedType)));
  return named.every(isLeaf) && a.NamedType !== b.NamedType;
}
