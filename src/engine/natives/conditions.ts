import {
  breakIf,
  type Code,
  I32_ADD,
  I32_EQUAL,
  I32_GREATER_UNSIGNED,
  I32_IS_ZERO,
  I32_SUBTRACT,
  I64_ADD,
  I64_LESS_UNSIGNED,
  i32Const,
  i64Const,
  ifElse,
  loadByte,
  loadI32,
  loadI64,
  localGet,
  localSet,
  repeat,
} from "./instructions.ts";
import type { Calls } from "./redirect.ts";

/** Leaves 1 if something holds of a parameter, else 0. */
export type Condition = (calls: Calls) => Code;

/** Types of values and how they lie in memory: OPA 1.22.0, wasm/src/value.h. */
const NUMBER = 3;
const STRING = 4;
const ARRAY = 5;
const SET = 7;
const STRING_LENGTH = 4;
const STRING_TEXT = 8;
const ARRAY_LENGTH = 8;
const NUMBER_KIND = 1;
const NUMBER_IS_INTEGER = 1;
const NUMBER_INTEGER = 8;
const NUMBER_TEXT = 8;
const NUMBER_TEXT_LENGTH = 12;
/** Characters of a number that has 32 bits whatever its digits are. */
const MAX_SHORT_TEXT = 9;

export function isSet(parameter: number): Condition {
  return isOfType(parameter, SET);
}

export function isString(parameter: number): Condition {
  return isOfType(parameter, STRING);
}

export function isEmptyArray(parameter: number): Condition {
  return isOfTypeAnd(parameter, ARRAY, [...localGet(parameter), ...loadI32(ARRAY_LENGTH), ...I32_IS_ZERO]);
}

export function isEmptyString(parameter: number): Condition {
  return isOfTypeAnd(parameter, STRING, [...localGet(parameter), ...loadI32(STRING_LENGTH), ...I32_IS_ZERO]);
}

/**
 * A number that is no integer of 32 bits, or -2^31, or is kept as text of ten characters and more or of anything else than
 * digits, such as `1.0` or `1e3`. `at`: a local of the function that is free.
 */
export function isGreatNumber(parameter: number, at: number): Condition {
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
  const textLength = [...localGet(parameter), ...loadI32(NUMBER_TEXT_LENGTH)];
  const isLongText = [...textLength, ...i32Const(MAX_SHORT_TEXT), ...I32_GREATER_UNSIGNED];
  const isGreatText = [...isLongText, ...ifElse(i32Const(1), isNoInteger(parameter, at))];
  return isOfTypeAnd(parameter, NUMBER, [...isInteger, ...I32_EQUAL, ...ifElse(isGreatInteger, isGreatText)]);
}

/** The number 2, or another that begins with it, which is no base. */
export function isBaseTwo(parameter: number): Condition {
  const isInteger = [...localGet(parameter), ...loadByte(NUMBER_KIND), ...i32Const(NUMBER_IS_INTEGER)];
  const isTwo = [...localGet(parameter), ...loadI32(NUMBER_INTEGER), ...i32Const(2), ...I32_EQUAL];
  const text = [...localGet(parameter), ...loadI32(NUMBER_TEXT)];
  const beginsWithTwo = [...text, ...loadByte(0), ...i32Const(ZERO + 2), ...I32_EQUAL];
  return isOfTypeAnd(parameter, NUMBER, [...isInteger, ...I32_EQUAL, ...ifElse(isTwo, beginsWithTwo)]);
}

/** Whether the text of a number has anything but digits after its sign. */
function isNoInteger(parameter: number, at: number): Code {
  const start = [...localGet(parameter), ...loadI32(NUMBER_TEXT)];
  const end = [...start, ...localGet(parameter), ...loadI32(NUMBER_TEXT_LENGTH), ...I32_ADD];
  const isNegative = [...start, ...loadByte(0), ...i32Const(MINUS), ...I32_EQUAL];
  const digit = [...localGet(at), ...loadByte(0), ...i32Const(ZERO), ...I32_SUBTRACT];
  const isNoDigit = [...digit, ...i32Const(9), ...I32_GREATER_UNSIGNED];
  return someByte([...start, ...isNegative, ...I32_ADD], end, at, isNoDigit);
}

/** A string with a byte that ends texts in C. `at`: a local of the function that is free. */
export function hasZeroByte(parameter: number, at: number): Condition {
  const start = [...localGet(parameter), ...loadI32(STRING_TEXT)];
  const end = [...start, ...localGet(parameter), ...loadI32(STRING_LENGTH), ...I32_ADD];
  const isZero = [...localGet(at), ...loadByte(0), ...I32_IS_ZERO];
  return isOfTypeAnd(parameter, STRING, someByte(start, end, at, isZero));
}

/** Whether something holds of a byte from start to end; its address is in the local. */
function someByte(start: Code, end: Code, at: number, condition: Code): Code {
  return [
    ...start,
    ...localSet(at),
    ...repeat([
      ...breakIf([...localGet(at), ...end, ...I32_EQUAL], 0),
      ...breakIf(condition, 1),
      ...localGet(at),
      ...i32Const(1),
      ...I32_ADD,
      ...localSet(at),
    ]),
  ];
}

const MINUS = 0x2d;
const ZERO = 0x30;

function isOfType(parameter: number, type: number): Condition {
  return ({ named }) => [...localGet(parameter), ...named("opa_value_type"), ...i32Const(type), ...I32_EQUAL];
}

/** What a value of another type has in memory is not looked at. */
function isOfTypeAnd(parameter: number, type: number, condition: Code): Condition {
  return (calls) => [...isOfType(parameter, type)(calls), ...ifElse(condition, i32Const(0))];
}
