import { compare, RegoObject, type RegoValue } from "../engine/index.ts";
import type { JsonObject } from "../policy/json.ts";
import { fieldPlaces } from "./field-place.ts";
import type { Violation } from "./violation.ts";

/** What one rule under one binding found in one version of an object. */
interface Found {
  readonly object: JsonObject | null;
  readonly violations: readonly Violation[];
}

/** What tells violations of one rule apart: those with the same number stand in the same place. */
interface Identified {
  readonly violation: Violation;
  readonly place: number;
  /** Empty if it has none. */
  readonly details: readonly RegoValue[];
}

/**
 * The violations that an older version of the object had already: those of the same place and the same details. The
 * message does not count, as it may tell an index or a number of things; only of a violation without `field` and
 * `details` it is all there is. Of several same ones as many exist as the older version had.
 */
export function existingViolations(after: Found, before: Found): ReadonlySet<Violation> {
  // The number of each place: a place may be long, and has to be compared often.
  const numbers = new Map<string, number>();
  const older = identified(before, numbers);
  const existing = new Set<Violation>();
  let at = 0;
  for (const each of identified(after, numbers)) {
    let other = older[at];
    while (other !== undefined && compareIdentities(other, each) < 0) {
      at += 1;
      other = older[at];
    }
    if (other === undefined || compareIdentities(other, each) > 0) continue;
    existing.add(each.violation);
    at += 1;
  }
  return existing;
}

/** In an order in which same ones stand together. */
function identified({ object, violations }: Found, numbers: Map<string, number>): readonly Identified[] {
  const placeOf = fieldPlaces(object);
  const known = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const fieldNumber = (field: string): number => {
    const number = known.get(field) ?? numberOf(placeOf(field));
    known.set(field, number);
    return number;
  };
  return violations
    .map((violation) => {
      const { field, message, details } = violation;
      const placeless = saysNothing(details) ? `message ${message}` : "";
      const place = field === undefined ? numberOf(placeless) : fieldNumber(field);
      return { violation, place, details: details === undefined ? [] : [details] };
    })
    .toSorted(compareIdentities);
}

/** Many rules of Gatekeeper give `{}`. */
function saysNothing(details: RegoValue | undefined): boolean {
  return details === undefined || compare(details, NOTHING) === 0;
}

const NOTHING = new RegoObject([]);

function compareIdentities(a: Omit<Identified, "violation">, b: Omit<Identified, "violation">): number {
  return a.place - b.place || compare(a.details, b.details);
}
