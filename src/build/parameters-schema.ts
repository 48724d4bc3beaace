import { z } from "zod";
import type { PortcullisError } from "../error.ts";
import { oneLine } from "../policy/issue.ts";
import type { InputContract } from "../policy/rule.ts";
import { invalidMetadata, packageMetadata, type MetadataSource } from "./metadata-source.ts";
import type { PolicyPackage } from "./policy-package.ts";

type Schema = Readonly<Record<string, unknown>>;

const PATH = ["custom", "parameters"];

/**
 * What is wrong with `custom.parameters`: found when a binding is loaded, a schema that cannot be read would stop a
 * server instead of a build, and a default that does not fit would reach the policy unchecked.
 */
export function schemaProblems(
  source: MetadataSource,
  parameters: Schema | undefined,
): readonly PortcullisError[] {
  if (parameters === undefined) return [];
  const unread = whyUnreadable(parameters);
  if (unread !== undefined) {
    return [invalidMetadata(source, PATH, `\`custom.parameters\` is no JSON Schema: ${unread}.`)];
  }
  if (parameters["type"] !== "object") {
    return [invalidMetadata(source, PATH, "`custom.parameters` must have `type: object` at the top.")];
  }
  return [...schemasWithin(parameters, [])].flatMap((place) => defaultProblems(source, parameters, place));
}

function whyUnreadable(parameters: Schema): string | undefined {
  try {
    z.fromJSONSchema(parameters);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

interface SchemaPlace {
  readonly schema: Schema;
  readonly path: readonly string[];
}

/** Keywords whose value is a schema, a list of schemas, or a mapping of names to schemas. */
const SUBSCHEMA_KEYWORDS = [
  "items",
  "additionalProperties",
  "additionalItems",
  "not",
  "contains",
  "propertyNames",
];
const SCHEMA_LIST_KEYWORDS = ["prefixItems", "items", "allOf", "anyOf", "oneOf"];
const SCHEMA_MAP_KEYWORDS = ["properties", "patternProperties", "$defs", "definitions"];

/** A schema and every one inside it, each with its path. */
function* schemasWithin(schema: unknown, path: readonly string[]): Generator<SchemaPlace> {
  if (!isSchema(schema)) return;
  yield { schema, path };
  for (const keyword of SUBSCHEMA_KEYWORDS) yield* schemasWithin(schema[keyword], [...path, keyword]);
  for (const keyword of SCHEMA_LIST_KEYWORDS) {
    const list: unknown = schema[keyword];
    if (!Array.isArray(list)) continue;
    for (const [index, member] of list.entries())
      yield* schemasWithin(member, [...path, keyword, String(index)]);
  }
  for (const keyword of SCHEMA_MAP_KEYWORDS) {
    const members = schema[keyword];
    if (!isSchema(members)) continue;
    for (const [name, member] of Object.entries(members))
      yield* schemasWithin(member, [...path, keyword, name]);
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schema's library takes a default as it is, so it is checked against the schema without it. */
function defaultProblems(
  source: MetadataSource,
  root: Schema,
  { schema, path }: SchemaPlace,
): readonly PortcullisError[] {
  if (!Object.hasOwn(schema, "default")) return [];
  const { default: value, ...bare } = schema;
  // References such as `#/$defs/port` count from the root.
  const shared = ["$schema", "$defs", "definitions"].filter((key) => Object.hasOwn(root, key));
  const whole = { ...bare, ...Object.fromEntries(shared.map((key) => [key, root[key]])) };
  const checked = z.fromJSONSchema(whole).safeParse(value);
  if (checked.success) return [];
  const name = ["custom.parameters", ...path, "default"].join(".");
  const message = `\`${name}\` does not fit its own schema: ${oneLine(checked.error)}.`;
  return [invalidMetadata(source, [...PATH, ...path, "default"], message)];
}

/** Parameters that no input carries: the contract `object` is the bare manifest. */
export function unusableParameters(
  root: string,
  policy: PolicyPackage,
  contract: InputContract | undefined,
): readonly PortcullisError[] {
  if (contract !== "object") return [];
  return packageMetadata(root, policy)
    .slice(0, 1)
    .filter(({ annotation }) => annotation.custom?.["parameters"] !== undefined)
    .map((source) =>
      invalidMetadata(
        source,
        PATH,
        "The policy reads bare manifests, whose `input` has no `parameters`: read `input.request.object` instead to use them.",
      ),
    );
}
