import { RegoObject, type RegoValue } from "../../value.ts";
import type { Builtins } from "../builtin.ts";
import type { QueryDocument, SchemaDocument } from "./ast.ts";
import { astValue } from "./ast-value.ts";
import { decodeQuery } from "./decode-ast.ts";
import { loadedSchema } from "./kept-schema.ts";
import { InvalidGraphql, Limits } from "./limits.ts";
import { parseQuery } from "./parse-query.ts";
import { parseSchema } from "./parse-schema.ts";
import { readDocument } from "./read-document.ts";
import { validateQuery } from "./validate-query.ts";

/** v1/topdown/graphql.go, with github.com/vektah/gqlparser/v2. */
export const GRAPHQL: Builtins = {
  "graphql.parse_query": ([query]) =>
    attempt((limits) => (typeof query === "string" ? astValue(parseQuery(query, limits)) : undefined)),
  "graphql.parse_schema": ([schema]) =>
    attempt((limits) => (typeof schema === "string" ? astValue(parseSchema(schema, limits)) : undefined)),
  "graphql.parse": ([query, schema]) => attempt((limits) => verified(query, schema, limits)),
  "graphql.parse_and_verify": ([query, schema]) =>
    attempt((limits) => [true, ...verified(query, schema, limits)], [false, NOTHING, NOTHING]),
  "graphql.is_valid": ([query, schema]) =>
    attempt((limits) => {
      readVerified(query, schema, limits);
      return true;
    }, false),
  "graphql.schema_is_valid": ([schema]) =>
    attempt((limits) => {
      loadedSchema(schema, limits);
      return true;
    }, false),
};

const NOTHING = new RegoObject([]);

function attempt(
  apply: (limits: Limits) => RegoValue | undefined,
  invalid?: RegoValue,
): RegoValue | undefined {
  try {
    return apply(new Limits());
  } catch (thrown) {
    if (thrown instanceof InvalidGraphql) return invalid;
    throw thrown;
  }
}

interface Documents {
  readonly query: QueryDocument;
  readonly schema: SchemaDocument;
}

/** A query that is valid against the schema. */
function readVerified(
  query: RegoValue | undefined,
  schema: RegoValue | undefined,
  limits: Limits,
): Documents {
  const queryDocument = readDocument(query, { parse: parseQuery, decode: decodeQuery }, limits);
  const loaded = loadedSchema(schema, limits);
  validateQuery(loaded.schema, queryDocument, limits);
  return { query: queryDocument, schema: loaded.document };
}

function verified(
  query: RegoValue | undefined,
  schema: RegoValue | undefined,
  limits: Limits,
): readonly [RegoValue, RegoValue] {
  const documents = readVerified(query, schema, limits);
  return [astValue(documents.query), astValue(documents.schema)];
}
