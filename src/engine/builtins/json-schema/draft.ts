import { DRAFT_04 } from "./draft-04.ts";
import { DRAFT_06 } from "./draft-06.ts";
import { DRAFT_07 } from "./draft-07.ts";
import { isObject, type JsonValue } from "./json-value.ts";
import { SchemaError } from "./limits.ts";
import { parseReference, textOfReference } from "./reference.ts";

/** The draft that a schema follows: with HYBRID, where none is named, what any of them has. */
export type Draft = 4 | 6 | 7 | typeof HYBRID;

export const HYBRID = 100;

/** The schemas of schemas by their addresses: the only ones that are there without a network. */
export const META_SCHEMAS: ReadonlyMap<string, { readonly draft: Draft; readonly schema: object }> = new Map([
  ["http://json-schema.org/draft-04/schema", { draft: 4, schema: DRAFT_04 }],
  ["http://json-schema.org/draft-06/schema", { draft: 6, schema: DRAFT_06 }],
  ["http://json-schema.org/draft-07/schema", { draft: 7, schema: DRAFT_07 }],
]);

/** The draft that a document names in `$schema`; undefined if it names none of the three (draft.go, parseSchemaURL). */
export function namedDraft(document: JsonValue): Draft | undefined {
  if (typeof document === "boolean") return undefined;
  if (!isObject(document)) throw new SchemaError("schema is invalid");
  const address = document.get("$schema");
  if (address === undefined) return undefined;
  if (typeof address !== "string") throw new SchemaError("$schema must be of type string");
  return META_SCHEMAS.get(textOfReference(parseReference(address)))?.draft;
}
