import { LimitReached } from "../limit-reached.ts";

/** Levels of a schema, a document, or of references that lead from one schema to the next. */
const MAX_DEPTH = 500;

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

/** What one call may still take; made for it and thrown away with it. */
export class Limits {
  #steps = MAX_STEPS;
  #depth = 0;

  /** Steps that may still be taken. */
  get left(): number {
    return this.#steps;
  }

  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new LimitReached("would take too many steps");
  }

  spendText(text: string): void {
    this.spend(text.length * CHARACTER_STEPS);
  }

  /** Runs what looks at one schema, one level deeper. */
  nest<T>(apply: () => T): T {
    this.spend(SCHEMA_STEPS);
    if (this.#depth >= MAX_DEPTH) throw new LimitReached("would look at more than 500 levels");
    this.#depth += 1;
    const result = apply();
    this.#depth -= 1;
    return result;
  }
}
