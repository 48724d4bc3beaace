import { type ArgumentDefinition, type Directive, ValueKind } from "./ast.ts";
import { check, type Limits, required } from "./limits.ts";
import { isInput, type Schema } from "./schema.ts";
import { nameOf } from "./type.ts";

/** A schema that is being validated. */
export interface Validation {
  readonly schema: Schema;
  readonly limits: Limits;
}

/** The arguments of a field, or of the directive of this name (validator/schema.go). Throws InvalidGraphql. */
export function validateArguments(
  validation: Validation,
  definitions: readonly ArgumentDefinition[],
  directive?: string,
): void {
  for (const { Name, Type, Directives } of definitions) {
    check(!Name.startsWith("__"));
    check(isInput(required(validation.schema.types.get(nameOf(Type)))));
    validateDirectives(validation, Directives, { location: "ARGUMENT_DEFINITION", directive });
  }
}

/** Where directives are written. */
interface Place {
  readonly location: string;
  /** The directive to whose definition they belong. */
  readonly directive?: string | undefined;
  /** Whether they come from more than one place, so that one may come twice. */
  readonly isMerged?: boolean;
}

/** Throws InvalidGraphql. The types of arguments do not matter here. */
export function validateDirectives(
  { schema, limits }: Validation,
  directives: readonly Directive[],
  { location, directive, isMerged = false }: Place,
): void {
  const seen = new Set<string>();
  for (const { Name, Arguments } of directives) {
    check(!Name.startsWith("__") && Name !== directive);
    const definition = required(schema.directives.get(Name));
    check(isMerged || definition.IsRepeatable || !seen.has(Name));
    seen.add(Name);
    check(definition.locations.has(location));
    const { list, byName } = definition.arguments;
    limits.spend(list.length);
    const given = new Map(Arguments.toReversed().map((argument) => [argument.Name, argument]));
    check([...given.keys()].every((name) => byName.has(name)));
    for (const { Name: name, Type, DefaultValue } of list) {
      if (!required(Type).NonNull || DefaultValue !== undefined) continue;
      check(required(required(given.get(name)).Value).Kind !== ValueKind.Null);
    }
  }
}
