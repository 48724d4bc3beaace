import { valueToRego } from "../../format.ts";
import type { RegoValue } from "../../value.ts";
import type { SchemaDocument } from "./ast.ts";
import { decodeSchema } from "./decode-ast.ts";
import type { Limits } from "./limits.ts";
import { type ExecutableSchema, loadSchema } from "./load-schema.ts";
import { parseSchema } from "./parse-schema.ts";
import { readDocument } from "./read-document.ts";

/** Schemas that are kept: the ones that a thread's policies have in their source and ask for again and again. */
const MAX_SCHEMAS = 10;
/** Characters of the longest that is kept: in memory it may take thirty times as much. */
const MAX_CHARACTERS = 32_768;

/** A valid schema, as it is written and as it is looked things up in. */
export interface LoadedSchema {
  readonly document: SchemaDocument;
  readonly schema: ExecutableSchema;
}

interface KeptSchema {
  readonly loaded: LoadedSchema;
  /** What it took to load it. */
  readonly steps: number;
}

/** By their text. OPA keeps ten, too. */
const kept = new Map<string, KeptSchema>();

/**
 * The schema that an operand stands for. Takes the same from the limits whether it is kept or not, so that a call never
 * ends otherwise for what was called before. Throws InvalidGraphql and LimitReached.
 */
export function loadedSchema(operand: RegoValue | undefined, limits: Limits): LoadedSchema {
  const text = valueToRego(operand ?? null);
  const found = kept.get(text);
  if (found !== undefined) {
    limits.spend(found.steps);
    return found.loaded;
  }
  const before = limits.left;
  const document = readDocument(operand, { parse: parseSchema, decode: decodeSchema }, limits);
  const loaded = { document, schema: loadSchema(document, limits) };
  if (text.length > MAX_CHARACTERS) return loaded;
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= MAX_SCHEMAS) kept.delete(oldest);
  kept.set(text, { loaded, steps: before - limits.left });
  return loaded;
}
