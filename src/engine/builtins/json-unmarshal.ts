import { RegoNumber, RegoObject, type RegoValue } from "../value.ts";
import { bitLength, parseFloat64Bits } from "./big-float.ts";
import { type Builtins, isArray } from "./builtin.ts";
import { isJson, unmarshalJson } from "./json-text.ts";
import { readScientific } from "./rational.ts";

/** v1/ast/term.go, maxNumberExp: the greatest power of two that OPA takes. */
const MAX_EXPONENT = 100_000;

/** A number of more digits than this, or with a greater exponent, is looked at closely. */
const SMALL = 25_000;

/** So great a power of ten is not computed. */
const GREATEST_POWER = 1_000_000;

/** v1/topdown/encoding.go. */
export const JSON_UNMARSHAL: Builtins = {
  "json.is_valid": ([text]) => typeof text === "string" && isJson(text),
  "json.unmarshal": ([text]) => {
    const value = typeof text === "string" ? unmarshalJson(text) : undefined;
    return value !== undefined && isWithinLimits(value) ? value : undefined;
  },
};

function isWithinLimits(value: RegoValue): boolean {
  if (value instanceof RegoNumber) return isAccepted(value.text);
  if (value instanceof RegoObject) return value.entries.every(([, member]) => isWithinLimits(member));
  return !isArray(value) || value.every(isWithinLimits);
}

/** v1/ast/term.go, NumberChecked: only numbers that are written with an exponent are looked at. */
function isAccepted(text: string): boolean {
  const mark = text.search(/e/i);
  if (mark === -1 || mark + Math.abs(Number(text.slice(mark + 1))) <= SMALL) return true;
  const { mantissa, exponent } = readScientific(text) ?? { mantissa: 0n, exponent: Infinity };
  if (Math.abs(exponent) > GREATEST_POWER) return mantissa === 0n;
  const float = parseFloat64Bits(text);
  return (
    float !== undefined &&
    (mantissa === 0n || Math.abs(bitLength(float.mantissa) + float.exponent) <= MAX_EXPONENT)
  );
}
