import {
  type Code,
  I32_EQUAL,
  I32_IS_ZERO,
  I32_LESS_UNSIGNED,
  I64_ADD,
  I64_LESS_UNSIGNED,
  i32Const,
  i64Const,
  ifElse,
  loadByte,
  loadI32,
  loadI64,
  localGet,
} from "./instructions.ts";
import type { Calls } from "./redirect.ts";

/** Leaves 1 if something holds of a parameter, else 0. */
export type Condition = (calls: Calls) => Code;

/** Types of values and how they lie in memory: OPA 1.22.0, wasm/src/value.h. */
const NUMBER = 3;
const STRING = 4;
const SET = 7;
const STRING_LENGTH = 4;
const NUMBER_KIND = 1;
const NUMBER_IS_INTEGER = 1;
const NUMBER_INTEGER = 8;
const NUMBER_TEXT_LENGTH = 12;

export function isSet(parameter: number): Condition {
  return isOfType(parameter, SET);
}

export function isString(parameter: number): Condition {
  return isOfType(parameter, STRING);
}

export function isEmptyString(parameter: number): Condition {
  return isOfTypeAnd(parameter, STRING, [...localGet(parameter), ...loadI32(STRING_LENGTH), ...I32_IS_ZERO]);
}

/**
 * A number that is no integer of 32 bits, or -2^31, or is kept as text of more than two characters, which may have an
 * exponent.
 */
export function isGreatNumber(parameter: number): Condition {
  const isInteger = [...localGet(parameter), ...loadByte(NUMBER_KIND), ...i32Const(NUMBER_IS_INTEGER)];
  const isGreatInteger = [
    ...localGet(parameter),
    ...loadI64(NUMBER_INTEGER),
    ...i64Const(0x7fff_ffff),
    ...I64_ADD,
    ...i64Const(0xffff_ffff),
    ...I64_LESS_UNSIGNED,
    ...I32_IS_ZERO,
  ];
  const isLongText = [
    ...i32Const(2),
    ...localGet(parameter),
    ...loadI32(NUMBER_TEXT_LENGTH),
    ...I32_LESS_UNSIGNED,
  ];
  return isOfTypeAnd(parameter, NUMBER, [...isInteger, ...I32_EQUAL, ...ifElse(isGreatInteger, isLongText)]);
}

function isOfType(parameter: number, type: number): Condition {
  return ({ named }) => [...localGet(parameter), ...named("opa_value_type"), ...i32Const(type), ...I32_EQUAL];
}

/** What a value of another type has in memory is not looked at. */
function isOfTypeAnd(parameter: number, type: number, condition: Code): Condition {
  return (calls) => [...isOfType(parameter, type)(calls), ...ifElse(condition, i32Const(0))];
}
