import { valueToRego } from "../../format.ts";
import type { RegoValue } from "../../value.ts";
import { compileSchema } from "./compile.ts";
import type { JsonValue } from "./json-value.ts";
import type { Limits } from "./limits.ts";
import type { Schema } from "./schema.ts";

/** Schemas that are kept compiled: the ones that a thread's policies call again and again. */
const MAX_SCHEMAS = 16;
/** Characters of the longest that is kept: compiled it may take thirty times as much. */
const MAX_CHARACTERS = 32_768;

/** A schema, and what it took to compile it. */
interface KeptSchema {
  readonly schema: Schema;
  readonly steps: number;
}

/** By their text. To compile one takes three times as long as all else of a call, and its policy has it in its source. */
const kept = new Map<string, KeptSchema>();

/**
 * The schema that an operand stands for; `root` is what was read of it. Takes the same from the limits whether it is kept
 * or not, so that a call never ends otherwise for what was called before. Throws SchemaError and LimitReached.
 */
export function compiledSchema(operand: RegoValue, root: JsonValue, limits: Limits): Schema {
  const text = valueToRego(operand);
  const found = kept.get(text);
  if (found !== undefined) {
    limits.spend(found.steps);
    return found.schema;
  }
  const before = limits.left;
  const schema = compileSchema(root, limits);
  if (text.length > MAX_CHARACTERS) return schema;
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= MAX_SCHEMAS) kept.delete(oldest);
  kept.set(text, { schema, steps: before - limits.left });
  return schema;
}
