import type { FragmentDefinition, OperationDefinition, QueryDocument, VariableDefinition } from "./ast.ts";
import { IntrospectionDepth, topFields, validateCycles } from "./fragments.ts";
import { check, type Limits, required } from "./limits.ts";
import type { ExecutableSchema } from "./load-schema.ts";
import { OverlappingFields } from "./overlapping-fields.ts";
import type { Query } from "./query.ts";
import { isComposite, isInput } from "./schema.ts";
import { type Rules, SelectionWalk } from "./selection-walk.ts";
import { nameOf } from "./type.ts";
import { validateValue, type Variables } from "./validate-value.ts";

/**
 * All rules of gqlparser (validator/rules), in whatever order: what counts is whether one of them is broken. Throws
 * InvalidGraphql.
 */
export function validateQuery(schema: ExecutableSchema, document: QueryDocument, limits: Limits): void {
  const { Operations, Fragments } = document;
  const fragments = new Map(Fragments.map((fragment) => [fragment.Name, fragment]));
  check(fragments.size === Fragments.length);
  check(new Set(Operations.map(({ Name }) => Name)).size === Operations.length);
  check(Operations.length < 2 || Operations.every(({ Name }) => Name !== ""));
  const query: Query = { schema, fragments, resolved: new Map(), usedFragments: new Set(), limits };
  validateCycles(query);
  const rules = { overlapping: new OverlappingFields(query), introspection: new IntrospectionDepth(query) };
  for (const operation of Operations) validateOperation(query, rules, operation);
  check(query.usedFragments.size === Fragments.length);
  for (const fragment of Fragments) validateFragment(query, rules, fragment);
}

const LOCATIONS: ReadonlyMap<string, string> = new Map([
  ["query", "QUERY"],
  ["mutation", "MUTATION"],
  ["subscription", "SUBSCRIPTION"],
]);

function validateOperation(query: Query, rules: Rules, operation: OperationDefinition): void {
  const { VariableDefinitions, Directives, SelectionSet } = operation;
  // A syntax tree may leave it out.
  const kind = operation.Operation === "" ? "query" : operation.Operation;
  const location = required(LOCATIONS.get(kind));
  const root = required(query.schema.roots.get(kind));
  const definitions = new Map(VariableDefinitions.map((definition) => [definition.Variable, definition]));
  check(definitions.size === VariableDefinitions.length);
  const variables = { definitions, used: new Set<string>() };
  const walk = new SelectionWalk(query, rules, variables);
  for (const definition of VariableDefinitions) {
    validateVariable(query, variables, definition);
    walk.directives(definition.Directives, "VARIABLE_DEFINITION");
  }
  walk.directives(Directives, location);
  walk.selections(root, SelectionSet);
  check(VariableDefinitions.every(({ Variable, Used }) => Used || variables.used.has(Variable)));
  if (kind === "subscription") validateSubscription(query, operation);
  rules.overlapping.check(SelectionSet);
}

function validateVariable(query: Query, variables: Variables, definition: VariableDefinition): void {
  const { schema, limits } = query;
  const type = required(definition.Type);
  const schemaType = required(schema.types.get(nameOf(type)));
  check(isInput(schemaType));
  if (definition.DefaultValue === undefined) return;
  const expected = { type, definition: schemaType, hasDefault: false };
  validateValue({ types: schema.types, variables, limits }, definition.DefaultValue, expected);
}

/** One field, and none about the schema. */
function validateSubscription(query: Query, { SelectionSet }: OperationDefinition): void {
  const names = [...topFields(query, SelectionSet)];
  check(names.length < 2 && !names.some((name) => name.startsWith("__")));
}

function validateFragment(query: Query, rules: Rules, fragment: FragmentDefinition): void {
  const { TypeCondition, Directives, SelectionSet } = fragment;
  const type = required(query.schema.types.get(TypeCondition));
  check(isComposite(type));
  const walk = new SelectionWalk(query, rules, undefined);
  walk.directives(Directives, "FRAGMENT_DEFINITION");
  walk.selections(type, SelectionSet);
  rules.overlapping.check(SelectionSet);
}
