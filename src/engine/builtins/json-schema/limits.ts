import { CallLimits } from "../call-limits.ts";

/**
 * Steps of one call, which take some seconds. A step is one instruction of a regular expression at one character; a
 * character of a text that is made counts as 16, a schema that is compared with a value as 256.
 */
const MAX_STEPS = 2 ** 28;
const CHARACTER_STEPS = 16;
const SCHEMA_STEPS = 256;

/** A schema that cannot be used, in the words of OPA (`json.verify_schema` gives them). */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

/** What one call may still take: schemas, the document, and references from one schema to the next are levels. */
export class Limits extends CallLimits {
  constructor() {
    super(MAX_STEPS, SCHEMA_STEPS);
  }

  spendText(text: string): void {
    this.spend(text.length * CHARACTER_STEPS);
  }
}
