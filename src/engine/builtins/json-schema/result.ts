import type { JsonValue } from "./json-value.ts";
import type { Limits } from "./limits.ts";
import type { Schema } from "./schema.ts";

/** A place in the document: its last key and what leads there; the root has none. */
export interface Place {
  readonly key: string;
  readonly parent: Place | undefined;
}

export const ROOT: Place = { key: "(Root)", parent: undefined };

/** One fault of a document. The texts are made when the whole result is known, since most are never asked for. */
export interface Fault {
  readonly type: string;
  readonly place: Place;
  readonly describe: (field: string) => string;
}

/** What the validation of one value by one schema found (gojsonschema/result.go). */
export class Result {
  readonly limits: Limits;
  readonly faults: Fault[] = [];
  /** How near the value came to the schema: the faults of the nearest alternative are told. */
  score = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get isValid(): boolean {
    return this.faults.length === 0;
  }

  add(type: string, place: Place, describe: string | Fault["describe"]): void {
    this.faults.push({ type, place, describe: typeof describe === "string" ? () => describe : describe });
    this.score -= 2;
  }

  merge(other: Result): void {
    this.limits.spend(other.faults.length);
    for (const fault of other.faults) this.faults.push(fault);
    this.score += other.score;
  }
}

export function memberOf(place: Place, key: string | number): Place {
  return { key: String(key), parent: place };
}

/** A value at its place in the document. */
export interface Located<T extends JsonValue = JsonValue> {
  readonly value: T;
  readonly place: Place;
}

/** Validates a value by a schema, apart from what encloses it. */
export type Validate = (schema: Schema, at: Located) => Result;

/** Without the root, except where it is the root itself. */
export function fieldOf(place: Place): string {
  const keys: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) keys.push(at.key);
  return keys
    .toReversed()
    .join(".")
    .replace(/^\(Root\)\./, "");
}

/** The nearest of several results that are not valid: the first with the greatest score. */
export function nearest(results: readonly Result[]): Result | undefined {
  return results.reduce<Result | undefined>(
    (best, result) => (best === undefined || result.score > best.score ? result : best),
    undefined,
  );
}
