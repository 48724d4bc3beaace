import { compare } from "../../compare.ts";
import { escapeQuery } from "../url-escape.ts";
import { LimitReached } from "../limit-reached.ts";
import { isPrint } from "../go-fmt/quote.ts";
import { type Datum, format, isList, isMap, isTrue, JsonNumber } from "./data.ts";
import { formatWith } from "./printf.ts";
import { TemplateError } from "./template-error.ts";

/** A function of templates and how many arguments it takes. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  readonly run: (args: readonly Datum[]) => Datum;
}

const ANY = Number.POSITIVE_INFINITY;

/** text/template/funcs.go. `and` and `or` are here for their names: they do not evaluate all arguments. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["and", { least: 1, most: ANY, run: (args) => args.at(-1) }],
  ["or", { least: 1, most: ANY, run: (args) => args.at(-1) }],
  ["not", { least: 1, most: 1, run: ([value]) => !isTrue(value) }],
  ["call", { least: 1, most: ANY, run: () => fail("call of what is no function") }],
  ["len", { least: 1, most: 1, run: ([value]) => BigInt(lengthOf(value)) }],
  ["index", { least: 1, most: ANY, run: ([value, ...path]) => index(value, path) }],
  ["slice", { least: 1, most: 4, run: ([value, ...bounds]) => slice(value, bounds) }],
  ["print", { least: 0, most: ANY, run: sprint }],
  ["println", { least: 0, most: ANY, run: (args) => `${args.map(format).join(" ")}\n` }],
  ["printf", { least: 1, most: ANY, run: ([text, ...args]) => formatWith(text, args) }],
  ["html", { least: 0, most: ANY, run: (args) => escapeHtml(shown(args)) }],
  ["js", { least: 0, most: ANY, run: (args) => escapeJs(shown(args)) }],
  ["urlquery", { least: 0, most: ANY, run: (args) => escapeQuery(shown(args)) }],
  ["eq", { least: 1, most: ANY, run: ([value, ...others]) => equalsAny(value, others) }],
  ["ne", { least: 2, most: 2, run: ([a, b]) => !equalsAny(a, [b]) }],
  ["lt", { least: 2, most: 2, run: ([a, b]) => order(a, b) < 0 }],
  ["le", { least: 2, most: 2, run: ([a, b]) => order(a, b) <= 0 }],
  ["gt", { least: 2, most: 2, run: ([a, b]) => order(a, b) > 0 }],
  ["ge", { least: 2, most: 2, run: ([a, b]) => order(a, b) >= 0 }],
]);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Texts, numbers of the data among them, as their bytes. */
function bytesOf(value: Datum): Uint8Array | undefined {
  const text = value instanceof JsonNumber ? value.text : value;
  return typeof text === "string" ? encoder.encode(text) : undefined;
}

function lengthOf(value: Datum): number {
  if (isMap(value)) return value.size;
  if (isList(value)) return value.length;
  return bytesOf(value)?.length ?? fail("len of what has no length");
}

function index(value: Datum, path: readonly Datum[]): Datum {
  if (value === undefined || value === null) throw new TemplateError("index of nil");
  return path.reduce<Datum>((item, key) => {
    if (!isMap(item)) return itemAt(item, key);
    if (typeof key !== "string") throw new TemplateError("a key that is no text");
    return item.get(key) ?? null;
  }, value);
}

function itemAt(item: Datum, key: Datum): Datum {
  const bytes = bytesOf(item);
  const length = bytes?.length ?? (isList(item) ? item.length : fail("cannot be indexed"));
  const place = indexOf(key, length - 1);
  const byte = bytes?.[place];
  return byte === undefined ? (isList(item) ? item[place] : undefined) : BigInt(byte);
}

function indexOf(key: Datum, greatest: number): number {
  if (typeof key !== "bigint" || key < 0n || key > BigInt(greatest))
    throw new TemplateError("index out of range");
  return Number(key);
}

/** Unlike Go's, a slice of a list ends with the list, and not where Go has made room for more. */
function slice(value: Datum, bounds: readonly Datum[]): Datum {
  const bytes = bytesOf(value);
  if (bytes !== undefined && bounds.length > 2) throw new TemplateError("cannot 3-index slice a string");
  if (bytes !== undefined) return textOf(cut(bytes, bounds));
  return isList(value) ? cut(value, bounds) : fail("cannot be sliced");
}

/** `[start:end:room]`; the last only bounds the others. */
function cut<T extends Uint8Array | readonly Datum[]>(whole: T, bounds: readonly Datum[]): T {
  const { length } = whole;
  const [start = 0, end = length, room = length] = bounds.map((bound) => indexOf(bound, length));
  if (start > end || end > room) throw new TemplateError("invalid slice index");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a slice is of the same type
  return whole.slice(start, end) as T;
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new LimitReached("would cut a character in half");
  }
}

/** Go's `fmt.Sprint`: a space where neither of two is a text. */
function sprint(args: readonly Datum[]): string {
  return args
    .map((value, at) => {
      const isApart = at > 0 && bytesOf(value) === undefined && bytesOf(args[at - 1]) === undefined;
      return (isApart ? " " : "") + format(value);
    })
    .join("");
}

function shown(args: readonly Datum[]): string {
  return sprint(args.map((value) => value ?? "<no value>"));
}

const HTML: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (found) => HTML[found] ?? found);
}

function escapeJs(text: string): string {
  return text.replaceAll(/[\\'"<>&=\p{Cc}]|[^\0-\x7f]/gu, (found) => {
    if (/[\\'"]/.test(found)) return `\\${found}`;
    const code = found.codePointAt(0) ?? 0;
    // U+007F is neither below a space nor beyond ASCII.
    if (code === 0x7f || (code > 0x7f && isPrint(found))) return found;
    return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** Types that Go compares by their values. */
function kindOf(value: Datum): string {
  return value instanceof JsonNumber ? "string" : typeof value;
}

/** No value and nil are the same. */
function equalsAny(value: Datum, others: readonly Datum[]): boolean {
  if (others.length === 0) throw new TemplateError("missing argument for comparison");
  return others.some((other) => equals(value ?? undefined, other ?? undefined));
}

function equals(a: Datum, b: Datum): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (isList(a) || isMap(a) || isList(b) || isMap(b)) throw new TemplateError("non-comparable types");
  if (kindOf(a) !== kindOf(b)) throw new TemplateError("incompatible types for comparison");
  return comparable(a) === comparable(b);
}

function order(a: Datum, b: Datum): number {
  const [one, other] = [comparable(a), comparable(b)];
  if (typeof one === "string" && typeof other === "string") return compare(one, other);
  if (typeof one === "bigint" && typeof other === "bigint") return one < other ? -1 : Number(one > other);
  if (typeof one === "number" && typeof other === "number") return one - other;
  throw new TemplateError("invalid type for comparison");
}

function comparable(value: Datum): Datum {
  return value instanceof JsonNumber ? value.text : value;
}

function fail(why: string): never {
  throw new TemplateError(why);
}
