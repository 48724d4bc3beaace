import type { Argument, Directive, Field, FragmentSpread, InlineFragment, Selection } from "./ast.ts";
import { IntrospectionDepth } from "./fragments.ts";
import { check, required } from "./limits.ts";
import { OverlappingFields } from "./overlapping-fields.ts";
import type { Query } from "./query.ts";
import { type Arguments, argumentsOf, isComposite, isLeaf, type SchemaType } from "./schema.ts";
import { nameOf } from "./type.ts";
import { expectedOf, validateValue, type Variables } from "./validate-value.ts";

/** What every type has. */
const TYPENAME = { Type: { NamedType: "String", NonNull: false }, arguments: argumentsOf([]) };

/** Rules that remember what they saw in the whole query. */
export interface Rules {
  readonly overlapping: OverlappingFields;
  readonly introspection: IntrospectionDepth;
}

/**
 * Goes through the selections of one operation, or of one fragment by itself, with the rules of gqlparser on the way
 * (validator/core/walk.go). Every method throws InvalidGraphql.
 */
export class SelectionWalk {
  readonly #query: Query;
  readonly #rules: Rules;
  readonly #variables: Variables | undefined;
  readonly #fragments = new Set<string>();

  constructor(query: Query, rules: Rules, variables: Variables | undefined) {
    this.#query = query;
    this.#rules = rules;
    this.#variables = variables;
  }

  selections(parent: SchemaType, set: readonly Selection[]): void {
    for (const selection of set) this.#query.limits.nest(() => this.#selection(parent, selection));
  }

  directives(directives: readonly Directive[], location: string): void {
    const seen = new Set<string>();
    for (const { Name, Arguments } of directives) {
      const definition = required(this.#query.schema.directives.get(Name));
      check(definition.locations.has(location));
      check(definition.IsRepeatable || !seen.has(Name));
      seen.add(Name);
      this.#arguments(definition.arguments, Arguments);
    }
  }

  #selection(parent: SchemaType, selection: Selection): void {
    if (selection.kind === "field") this.#field(parent, selection);
    else if (selection.kind === "inline") this.#inlineFragment(parent, selection);
    else this.#spread(parent, selection);
  }

  #field(parent: SchemaType, field: Field): void {
    const definition = field.Name === "__typename" ? TYPENAME : required(parent.fields.get(field.Name));
    this.#query.resolved.set(field, { parent, type: definition.Type });
    this.#arguments(definition.arguments, field.Arguments);
    const type = required(this.#query.schema.types.get(nameOf(definition.Type)));
    check(isLeaf(type) === (field.SelectionSet.length === 0));
    this.directives(field.Directives, "FIELD");
    this.selections(type, field.SelectionSet);
    this.#rules.introspection.check(field);
    // In a fragment the operation that spreads it looks at its fields.
    if (this.#variables !== undefined) this.#rules.overlapping.check(field.SelectionSet);
  }

  #inlineFragment(parent: SchemaType, { TypeCondition, Directives, SelectionSet }: InlineFragment): void {
    const type = TypeCondition === "" ? parent : this.#fragmentType(parent, TypeCondition);
    this.directives(Directives, "INLINE_FRAGMENT");
    this.selections(type, SelectionSet);
    this.#rules.overlapping.check(SelectionSet);
  }

  #spread(parent: SchemaType, { Name, Directives }: FragmentSpread): void {
    const fragment = required(this.#query.fragments.get(Name));
    if (this.#variables !== undefined) this.#query.usedFragments.add(Name);
    const type = this.#fragmentType(parent, fragment.TypeCondition);
    this.directives(Directives, "FRAGMENT_SPREAD");
    if (this.#fragments.has(Name)) return;
    this.#fragments.add(Name);
    this.directives(fragment.Directives, "FRAGMENT_DEFINITION");
    this.selections(type, fragment.SelectionSet);
  }

  /** The type of a fragment: one that has other fields, and that a value of the type around it may have. */
  #fragmentType(parent: SchemaType, name: string): SchemaType {
    const { types, possibleTypes } = this.#query.schema;
    const type = required(types.get(name));
    check(isComposite(type));
    if (!isComposite(parent)) return type;
    const some = possibleTypes.get(parent.Name) ?? new Set();
    const others = possibleTypes.get(name) ?? new Set();
    this.#query.limits.spend(Math.min(some.size, others.size));
    check(!some.isDisjointFrom(others));
    return type;
  }

  #arguments({ list, byName }: Arguments, given: readonly Argument[]): void {
    const { schema, limits } = this.#query;
    limits.spend(list.length);
    const names = new Set(given.map(({ Name }) => Name));
    check(names.size === given.length);
    for (const { Name, Type, DefaultValue } of list)
      check(Type?.NonNull !== true || DefaultValue !== undefined || names.has(Name));
    const context = { types: schema.types, variables: this.#variables, limits };
    for (const { Name, Value } of given)
      validateValue(context, required(Value), expectedOf(schema.types, required(byName.get(Name))));
  }
}
