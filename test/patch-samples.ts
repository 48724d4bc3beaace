import fc from "fast-check";
import { applyPatchObjects } from "../src/admission/patch/apply-objects.ts";
import { keyText } from "../src/admission/patch/json.ts";
import { readPatchObjects, type PatchObject } from "../src/admission/patch/patch-object.ts";
import { sortDistinct } from "../src/engine/compare.ts";
import { parseValue } from "../src/engine/parse.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../src/engine/value.ts";

/** Values for the tests of patches: what rules give and what they are applied to. */

/** A plain value as the engine has it. Text stays text: `parseValue` reads exact JSON. */
export function regoValue(json: unknown): RegoValue {
  return parseValue(JSON.stringify(json));
}

/** The set that a `patch` rule would give, read. */
export function patchObjects(...patches: readonly unknown[]): readonly PatchObject[] {
  return readPatchObjects(new RegoSet(sortDistinct(patches.map(regoValue), (item) => item)));
}

/** What patch objects make of a plain object, all of them at once. */
export function patched(object: unknown, ...patches: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(applyPatchObjects(regoValue(object), patchObjects(...patches))));
}

/** Keys that are hard to get right: escapes, numbers, what JavaScript objects inherit. */
const KEYS = "a|b|name|key||~|/|~1|a/b|0|1|-|é|😀|__proto__|constructor|hasOwnProperty|toString|length".split(
  "|",
);

const { value: anyValue } = fc.letrec<{ value: RegoValue; object: RegoValue; list: RegoValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<RegoValue>(null, true, false),
    fc
      .oneof(fc.integer({ min: -20, max: 20 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
      .map((number) => new RegoNumber(JSON.stringify(number))),
    fc.oneof(fc.constantFrom("", "a", "b"), fc.string({ unit: "grapheme", maxLength: 3 })),
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("value"), { maxLength: 6 }),
  object: fc.array(fc.tuple(fc.constantFrom(...KEYS), tie("value")), { maxLength: 6 }).map(objectOf),
}));

/** Any JSON value, with numbers that a double holds. */
export const jsonValues: fc.Arbitrary<RegoValue> = anyValue;

/** Any JSON object. */
export const jsonObjects: fc.Arbitrary<RegoObject> = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), anyValue), { maxLength: 6 })
  .map(objectOf);

/** A value and what a few changes anywhere in it make of it. */
export const editedValues: fc.Arbitrary<readonly [before: RegoValue, after: RegoValue]> = fc
  .tuple(
    fc.oneof(anyValue, fc.array(anyValue, { maxLength: 20 }), keyedLists()),
    fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 40 }),
    fc.array(anyValue, { minLength: 1, maxLength: 5 }),
  )
  .map(([value, choices, news]) => [value, edited(value, endless(choices), endless(news))]);

/** A list as Kubernetes has them: items told apart by a name. */
function keyedLists(): fc.Arbitrary<RegoValue> {
  const names = fc.uniqueArray(fc.constantFrom(..."abcdefghijkl".split("")), { maxLength: 10 });
  return fc.tuple(names, anyValue).map(([list, value]) =>
    list.map((name) =>
      objectOf([
        ["name", name],
        ["value", value],
      ]),
    ),
  );
}

export function objectOf(entries: readonly (readonly [string, RegoValue])[]): RegoObject {
  return new RegoObject(sortDistinct(entries, ([key]) => key));
}

function endless<T>(items: readonly T[]): () => T {
  let at = -1;
  return () => {
    at += 1;
    const item = items[at % items.length];
    if (item === undefined) throw new Error("there is at least one");
    return item;
  };
}

function edited(value: RegoValue, choose: () => number, fresh: () => RegoValue): RegoValue {
  if (value instanceof RegoObject) {
    const entries = value.entries.map(([key, member]) => [keyText(key), member] as const);
    return objectOf(
      entries.flatMap(([key, member]) =>
        editedPart(member, choose, fresh).map((part) => [key, part] as const),
      ),
    );
  }
  if (Array.isArray(value)) {
    const items: readonly RegoValue[] = value;
    const parts = items.flatMap((item) => editedPart(item, choose, fresh));
    return choose() === 0 ? parts.toReversed() : parts;
  }
  return choose() < 4 ? fresh() : value;
}

function editedPart(part: RegoValue, choose: () => number, fresh: () => RegoValue): readonly RegoValue[] {
  switch (choose()) {
    case 0:
      return [];
    case 1:
      return [fresh(), part];
    case 2:
      return [fresh()];
    case 3:
      return [edited(part, choose, fresh)];
    default:
      return [part];
  }
}
