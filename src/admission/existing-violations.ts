import { compare, RegoObject, RegoSet, type RegoValue } from "../engine/index.ts";
import type { JsonObject } from "../policy/json.ts";
import { fieldPlaces, type FieldPlace, type NumberOf } from "./field-place.ts";
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
 * message does not count, as it may tell an index or a number of things; only of a violation without `details`, and
 * whose field does not tell all that is at fault, it is all there is. Of several same ones as many exist as the older
 * version had.
 */
export function existingViolations(after: Found, before: Found): ReadonlySet<Violation> {
  // Places and the long texts in them may be long, and have to be compared often.
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const [newer, olderPlaced] = [placed(after, numberOf), placed(before, numberOf)];
  // What is exact in one version only is compared as in the other one: labels may be absent before.
  const vague = new Set(
    [...newer, ...olderPlaced].flatMap(({ place }) => (place.isExact ? [] : [place.number])),
  );
  const older = identified(olderPlaced, vague, numberOf);
  const existing = new Set<Violation>();
  let at = 0;
  for (const each of identified(newer, vague, numberOf)) {
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

interface Placed {
  readonly violation: Violation;
  readonly place: Place;
}

/** A place by its number: the text may be as long as the object. */
interface Place {
  readonly number: number;
  readonly isExact: boolean;
}

function placed({ object, violations }: Found, numberOf: NumberOf): readonly Placed[] {
  const placeOf = fieldPlaces(object, numberOf);
  const known = new Map<string | undefined, Place>();
  const numbered = (field: string | undefined): Place => {
    const { text, isExact } = field === undefined ? NO_PLACE : placeOf(field);
    return { number: numberOf(text), isExact };
  };
  return violations.map((violation) => {
    const { field } = violation;
    const place = known.get(field) ?? numbered(field);
    known.set(field, place);
    return { violation, place };
  });
}

/** In an order in which same ones stand together. */
function identified(
  all: readonly Placed[],
  vague: ReadonlySet<number>,
  numberOf: NumberOf,
): readonly Identified[] {
  return all
    .map(({ violation, place: { number } }) => {
      const { message, details } = violation;
      const isTold = saysNothing(details) && vague.has(number);
      const place = isTold ? numberOf(`${number} message ${message}`) : number;
      return { violation, place, details: details === undefined ? [] : [details] };
    })
    .toSorted(compareIdentities);
}

const NO_PLACE: FieldPlace = { text: "", isExact: false };

/** Many rules of Gatekeeper give `{}`. */
function saysNothing(details: RegoValue | undefined): boolean {
  return details === undefined || NOTHINGS.some((nothing) => compare(details, nothing) === 0);
}

const NOTHINGS: readonly RegoValue[] = [null, "", [], new RegoObject([]), new RegoSet([])];

function compareIdentities(a: Omit<Identified, "violation">, b: Omit<Identified, "violation">): number {
  return a.place - b.place || compare(a.details, b.details);
}
