import type { RE2JS } from "re2js";
import { compareNumbers } from "../../decimal.ts";
import type { RegoNumber } from "../../value.ts";
import { LimitReached } from "../limit-reached.ts";
import { exactNumber, isMultiple } from "./exact-number.ts";
import { isFormat } from "./format.ts";
import { comparableText } from "./json-value.ts";
import { limitText } from "./limit-text.ts";
import type { Limits } from "./limits.ts";
import type { Located, Result } from "./result.ts";
import type { Schema } from "./schema.ts";

/** What holds for values of every type: `const`, `enum` and `format`. */
export function validateCommon(result: Result, schema: Schema, { value, place }: Located): void {
  const { limits } = result;
  const { const: constant, enum: values, format } = schema;
  if (constant !== undefined && comparableText(value, limits) !== constant)
    result.add("const", place, (field) => `${field} does not match: ${constant}`);
  if (values !== undefined && !values.has(comparableText(value, limits)))
    result.add("enum", place, (field) => `${field} must be one of the following: ${[...values].join(", ")}`);
  if (format !== undefined && typeof value === "string" && !isFormat(format, value, limits))
    result.add("format", place, `Does not match format '${format}'`);
  result.score += 1;
}

export function validateString(result: Result, schema: Schema, { value, place }: Located<string>): void {
  const { minLength, maxLength, pattern } = schema;
  const length = minLength === undefined && maxLength === undefined ? 0 : codePoints(value);
  if (minLength !== undefined && length < minLength)
    result.add("string_gte", place, `String length must be greater than or equal to ${minLength}`);
  if (maxLength !== undefined && length > maxLength)
    result.add("string_lte", place, `String length must be less than or equal to ${maxLength}`);
  if (pattern !== undefined && !matches(pattern, value, result.limits))
    result.add("pattern", place, `Does not match pattern '${pattern.pattern()}'`);
  result.score += 1;
}

/** What Go counts as runes. */
function codePoints(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

/** Whether the pattern is found anywhere in the text. */
export function matches(pattern: RE2JS, text: string, limits: Limits): boolean {
  limits.spend(pattern.programSize() * text.length);
  return pattern.matcher(text).find();
}

/** The number and the limit are compared by their exact values. */
interface Bound {
  readonly keyword: "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum";
  readonly type: string;
  readonly text: string;
  readonly holds: (order: number) => boolean;
}

/** In OPA's order. */
const BOUNDS: readonly Bound[] = [
  { keyword: "maximum", type: "number_lte", text: "less than or equal to", holds: (order) => order <= 0 },
  { keyword: "exclusiveMaximum", type: "number_lt", text: "less than", holds: (order) => order < 0 },
  { keyword: "minimum", type: "number_gte", text: "greater than or equal to", holds: (order) => order >= 0 },
  { keyword: "exclusiveMinimum", type: "number_gt", text: "greater than", holds: (order) => order > 0 },
];

export function validateNumber(result: Result, schema: Schema, { value, place }: Located<RegoNumber>): void {
  const { multipleOf } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    result.add("multiple_of", place, () => `Must be a multiple of ${limitText(multipleOf)}`);
  for (const { keyword, type, text, holds } of BOUNDS) {
    const limit = schema[keyword];
    if (limit === undefined) continue;
    // Go would not go on.
    if (exactNumber(value) === undefined)
      throw new LimitReached("would compare numbers with exponents beyond 1,000,000");
    if (!holds(compareNumbers(value.text, limit.text)))
      result.add(type, place, () => `Must be ${text} ${limitText(limit)}`);
  }
  result.score += 1;
}
