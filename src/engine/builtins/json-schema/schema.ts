import type { RE2JS } from "re2js";
import type { RegoNumber } from "../../value.ts";

/** A schema ready for use (gojsonschema/subSchema.go); a keyword that is not there is undefined or empty. */
export interface Schema {
  /** For the schemas `true` and `false`, which have nothing else. */
  pass?: boolean;
  /** Where `$ref` leads: nothing else counts then. */
  target?: Schema;
  readonly types: string[];

  readonly properties: Map<string, Schema>;
  readonly patternProperties: (readonly [pattern: RE2JS, schema: Schema])[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  readonly dependencies: Map<string, readonly string[] | Schema>;
  readonly required: Set<string>;
  minProperties?: bigint;
  maxProperties?: bigint;

  /** One schema for all items, or one for each of the first. */
  items?: Schema | readonly Schema[];
  additionalItems?: boolean | Schema;
  contains?: Schema;
  minItems?: bigint;
  maxItems?: bigint;
  uniqueItems?: boolean;

  multipleOf?: RegoNumber;
  minimum?: RegoNumber | undefined;
  exclusiveMinimum?: RegoNumber | undefined;
  maximum?: RegoNumber | undefined;
  exclusiveMaximum?: RegoNumber | undefined;

  minLength?: bigint;
  maxLength?: bigint;
  pattern?: RE2JS;
  format?: string;

  /** Comparable text. */
  const?: string;
  enum?: ReadonlySet<string>;

  oneOf: readonly Schema[];
  anyOf: readonly Schema[];
  allOf: readonly Schema[];
  not?: Schema;
  if?: Schema;
  then?: Schema;
  else?: Schema;
}

export function emptySchema(): Schema {
  return {
    types: [],
    properties: new Map(),
    patternProperties: [],
    dependencies: new Map(),
    required: new Set(),
    oneOf: [],
    anyOf: [],
    allOf: [],
  };
}
