import type { EvaluationCall } from "../engine.ts";
import { sortDistinct } from "../compare.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../value.ts";

/**
 * A builtin function that the host provides. Undefined is what OPA calls a builtin error: the expression is undefined
 * and evaluation goes on. LimitReached, and anything else thrown, which is a fault of ours, ends the evaluation as a
 * policy error.
 */
export type Builtin = (args: readonly RegoValue[], call: EvaluationCall) => RegoValue | undefined;

/** The builtins of one OPA family, by OPA's name. */
export type Builtins = Readonly<Record<string, Builtin>>;

/** An integer of OPA's type `int`, i.e. of 64 bits; `1.0` is one (util.Atoi64), `1e3` is none. */
export function integerOperand(value: RegoValue | undefined): bigint | undefined {
  if (!(value instanceof RegoNumber)) return undefined;
  const [, digits] = /^(-?\d{1,19})(?:\.0*)?$/.exec(value.text) ?? [];
  if (digits === undefined) return undefined;
  const integer = BigInt(digits);
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}

/** Every member of an array or a set of strings; undefined if it is neither, or one member is no string. */
export function stringsOperand(value: RegoValue | undefined): readonly string[] | undefined {
  const items = itemsOf(value);
  return items?.every((item) => typeof item === "string") === true ? items : undefined;
}

export function isArray(value: RegoValue | undefined): value is readonly RegoValue[] {
  return Array.isArray(value);
}

export function integerValue(value: number | bigint): RegoNumber {
  return new RegoNumber(String(value));
}

/** Makes a builtin of strings only: with any other type the call is undefined. */
export function ofStrings(apply: (first: string, second: string) => RegoValue | undefined): Builtin {
  return ([first, second = ""]) =>
    typeof first === "string" && typeof second === "string" ? apply(first, second) : undefined;
}

/** A set of these members, in whatever order and number they come. */
export function setValue(items: readonly RegoValue[]): RegoSet {
  return new RegoSet(sortDistinct(items, (item) => item));
}

/** An object with these entries; of equal keys the last wins. */
export function objectValue(entries: readonly (readonly [RegoValue, RegoValue])[]): RegoObject {
  return new RegoObject(sortDistinct(entries, ([key]) => key));
}

/** The members of an array or a set, else undefined. */
export function itemsOf(value: RegoValue | undefined): readonly RegoValue[] | undefined {
  const items = value instanceof RegoSet ? value.items : value;
  return isArray(items) ? items : undefined;
}

/** Go's `strings.Trim`, in linear time whatever the text is: without any of the characters at both ends. */
export function trim(text: string, characters: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && characters.includes(text.charAt(start))) start += 1;
  while (end > start && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
