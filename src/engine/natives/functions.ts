import { formatValue } from "../format.ts";
import { RegoNumber, RegoSet, type RegoValue } from "../value.ts";
import { parseFloat64Bits, truncate } from "../builtins/big-float.ts";
import { BITS } from "../builtins/bits.ts";
import { type Builtins, isArray, stringsOperand } from "../builtins/builtin.ts";
import { quote } from "../builtins/go-fmt/quote.ts";
import { marshalJson } from "../builtins/json-text.ts";
import { range } from "../builtins/numbers.ts";
import { hasGreatExponent, wholeNumber } from "../builtins/whole-number.ts";

/** What the host does in place of builtins that OPA compiles into the module, by OPA's name. */
export const NATIVE_FUNCTIONS: Builtins = {
  ...BITS,
  concat: ([separator, texts]) => {
    const parts = stringsOperand(texts);
    return typeof separator === "string" ? parts?.join(separator) : undefined;
  },
  format_int: ([value, base]) => formatInteger(value, base),
  "internal.template_string": ([parts]) => (isArray(parts) ? joinParts(parts) : undefined),
  "json.marshal": ([value]) => (value === undefined ? undefined : marshalJson(value)),
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

const encoder = new TextEncoder();

/** Go's `strings.Replacer` takes characters apart: a byte that is no character by itself is read as U+FFFD. */
function betweenBytes(text: string, separator: string): string {
  const bytes = Array.from(encoder.encode(text), (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : "\ufffd",
  );
  return ["", ...bytes, ""].join(separator);
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
  if (radix === undefined || !(value instanceof RegoNumber) || hasGreatExponent(value)) return undefined;
  if (/^-?\d+$/.test(value.text)) return BigInt(value.text).toString(radix);
  const float = parseFloat64Bits(value.text);
  return float && truncate(float).toString(radix);
}

/** v1/topdown/template_string.go: each part is a scalar or the set of what an expression gave, which is one value or none. */
function joinParts(parts: readonly RegoValue[]): string | undefined {
  const texts = parts.map((part) => {
    if (!(part instanceof RegoSet)) return textOfValue(part);
    const [value = "<undefined>", ...others] = part.items;
    return others.length === 0 ? textOfValue(value) : undefined;
  });
  return texts.includes(undefined) ? undefined : texts.join("");
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
