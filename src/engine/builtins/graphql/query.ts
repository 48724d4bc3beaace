import type { Field, FragmentDefinition, Type } from "./ast.ts";
import type { Limits } from "./limits.ts";
import type { ExecutableSchema } from "./load-schema.ts";
import type { SchemaType } from "./schema.ts";

/** A query that is being validated. */
export interface Query {
  readonly schema: ExecutableSchema;
  /** Of equal names the first. */
  readonly fragments: ReadonlyMap<string, FragmentDefinition>;
  /** The fields that the walk has come to. */
  readonly resolved: Map<Field, ResolvedField>;
  /** The fragments that operations spread. */
  readonly usedFragments: Set<string>;
  readonly limits: Limits;
}

/** The type that has a field, and the type of the field. */
interface ResolvedField {
  readonly parent: SchemaType;
  readonly type: Type;
}
