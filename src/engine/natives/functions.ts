import { formatValue } from "../format.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "../value.ts";
import { parseFloat64Bits, truncate } from "../builtins/big-float.ts";
import { ARITHMETIC } from "../builtins/arithmetic.ts";
import { BASE64 } from "../builtins/encoding.ts";
import { BITS } from "../builtins/bits.ts";
import { JSON_UNMARSHAL } from "../builtins/json-unmarshal.ts";
import { GLOB_MATCH } from "../builtins/glob.ts";
import { LimitReached } from "../builtins/limit-reached.ts";
import { CIDR } from "../builtins/net.ts";
import { REGEX_MATCH } from "../builtins/regex.ts";
import { SLICES } from "../builtins/slices.ts";
import { type Builtins, isArray, stringsOperand } from "../builtins/builtin.ts";
import { quote } from "../builtins/go-fmt/quote.ts";
import { marshalJson } from "../builtins/json-text.ts";
import { range } from "../builtins/numbers.ts";
import { checkExponent, wholeNumber } from "../builtins/whole-number.ts";

/** What the host does in place of builtins that OPA compiles into the module, by OPA's name. */
export const NATIVE_FUNCTIONS: Builtins = {
  ...ARITHMETIC,
  ...BASE64,
  ...BITS,
  ...CIDR,
  ...GLOB_MATCH,
  ...JSON_UNMARSHAL,
  ...REGEX_MATCH,
  ...SLICES,
  concat: ([separator, texts]) => {
    const parts = stringsOperand(texts);
    return typeof separator === "string" ? parts?.join(separator) : undefined;
  },
  format_int: ([value, base]) => formatInteger(value, base),
  "internal.template_string": ([parts]) => (isArray(parts) ? joinParts(parts) : undefined),
  "json.marshal": ([value]) => (value === undefined ? undefined : marshalJson(value)),
  "object.union_n": () => new RegoObject([]),
  "numbers.range": (bounds) => {
    const [first, last] = bounds.map(wholeNumber);
    return first === undefined || last === undefined ? undefined : range(first, last, 1n);
  },
  replace: ([text, pattern, by]) => {
    if (typeof text !== "string" || typeof pattern !== "string" || typeof by !== "string") return undefined;
    return pattern === "" ? betweenBytes(text, by) : text.replaceAll(pattern, () => by);
  },
  to_number: ([value]) => (typeof value === "string" ? readNumber(value) : undefined),
};

/** Go's `strings.Replacer` takes characters apart. Throws LimitReached where that leaves bytes that are none. */
function betweenBytes(text: string, separator: string): string {
  if (/[^\0-\x7f]/.test(text)) throw new LimitReached("would give bytes that are no UTF-8");
  return ["", ...Array.from(text), ""].join(separator);
}

/** The paths of `json.filter` and `json.remove` that lead somewhere: OPA passes empty ones over. */
export function nonEmptyPaths(paths: RegoValue | undefined): RegoValue | undefined {
  if (paths instanceof RegoSet) return new RegoSet(paths.items.filter(isPath));
  return isArray(paths) ? paths.filter(isPath) : paths;
}

function isPath(value: RegoValue): boolean {
  return value !== "" && !(isArray(value) && value.length === 0);
}

const BASES: ReadonlyMap<string, number> = new Map([
  ["2", 2],
  ["8", 8],
  ["10", 10],
  ["16", 16],
]);

/** v1/topdown/strings.go, builtinFormatInt: what is no integer goes through a float of 64 bits and loses its fraction. */
function formatInteger(value: RegoValue | undefined, base: RegoValue | undefined): string | undefined {
  const radix = base instanceof RegoNumber ? BASES.get(base.text) : undefined;
  if (radix === undefined || !(value instanceof RegoNumber)) return undefined;
  if (/^-?\d+$/.test(value.text)) return BigInt(value.text).toString(radix);
  checkExponent(value);
  const float = parseFloat64Bits(value.text);
  return float && truncate(float).toString(radix);
}

/**
 * v1/topdown/template_string.go: each part is a scalar or the set of what an expression gave, which is one value or none. Throws
 * TypeError for several, with which OPA ends the evaluation.
 */
function joinParts(parts: readonly RegoValue[]): string {
  const texts = parts.map((part) => {
    if (!(part instanceof RegoSet)) return textOfValue(part);
    const [value = "<undefined>", ...others] = part.items;
    if (others.length > 0) throw new TypeError("an expression in a template string has several values");
    return textOfValue(value);
  });
  return texts.join("");
}

function textOfValue(value: RegoValue): string {
  return typeof value === "string" ? value : formatValue(value, quote);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * v1/topdown/casts.go: what Go's `strconv.ParseFloat` takes, without hexadecimal numbers and what a double cannot hold.
 * Digits are kept, but a number must be one of JSON's here, so `+.50` is 0.50 and `01_0` is 10.
 */
function readNumber(text: string): RegoNumber | undefined {
  const digits = text.replaceAll(/(?<=\d)_(?=\d)/g, "");
  if (!DECIMAL.test(digits) || !Number.isFinite(Number(digits))) return undefined;
  const withWhole = digits.replace(/^\+/, "").replace(/(?<=^-?)(?=\.)/, "0");
  return new RegoNumber(withWhole.replace(/(?<=^-?)0+(?=\d)/, "").replace(/\.(?!\d)/, ""));
}
