import { RegoNumber, type RegoValue } from "../value.ts";
import { parseRational } from "./rational.ts";

/** Digits of an exponent: with more of them the number would take minutes to write out. */
const GREAT_EXPONENT = /[eE][+-]?0*[1-9]\d{3}/;

/** Whether a number may be written out: it has an exponent below 1,000, or none. */
export function hasGreatExponent({ text }: RegoNumber): boolean {
  return GREAT_EXPONENT.test(text);
}

/** An integer of any size, however it is written (`1e3`, `2.0`); undefined beyond an exponent of three digits. */
export function wholeNumber(value: RegoValue | undefined): bigint | undefined {
  if (!(value instanceof RegoNumber) || hasGreatExponent(value)) return undefined;
  const rational = parseRational(value.text);
  if (rational === undefined || rational.numerator % rational.denominator !== 0n) return undefined;
  return rational.numerator / rational.denominator;
}
