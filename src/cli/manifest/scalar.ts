import type { ScalarNode } from "./yaml/parser.ts";
import { CORE_TAG } from "./yaml/name.ts";
import type { ScalarType } from "./value.ts";
import { decodeBinary } from "./binary.ts";
import { isTimestamp } from "./timestamp.ts";

/** `text` is the string itself, else the JSON text; JSON cannot write the `unwritable` `.nan`, `.inf` and `-.inf`. */
export interface Resolved {
  readonly type: ScalarType | "unwritable";
  readonly text: string;
}

const WORDS: ReadonlyMap<string, Resolved> = new Map(
  (
    [
      [
        ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"],
        { type: "bool", text: "true" },
      ],
      [
        ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"],
        { type: "bool", text: "false" },
      ],
      [["", "~", "null", "Null", "NULL"], { type: "null", text: "null" }],
      [[".nan", ".NaN", ".NAN"], { type: "unwritable", text: ".nan" }],
      [[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], { type: "unwritable", text: ".inf" }],
      [["-.inf", "-.Inf", "-.INF"], { type: "unwritable", text: "-.inf" }],
    ] as const
  ).flatMap(([words, resolved]) => words.map((word) => [word, resolved])),
);

const LONGEST_WORD = 5;

const SMALL_INTEGER = /^(?:0|-?[1-9]\d{0,17})$/;
const INTEGER = /^([-+]?)(0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9]\d*)$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
/** Behind a leading point Go reads the number, with `_` between digits; elsewhere goyaml drops every `_`. */
const FRACTION = /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * What a scalar means to `go.yaml.in/yaml/v2` (resolve.go), and so to kubectl: YAML 1.1 with `0o17`, without numbers
 * to base 60, and dates stay text. Undefined if the value does not fit its tag.
 */
export function resolveScalar({ value, plain, tag }: ScalarNode): Resolved | undefined {
  if (tag === "") return plain ? resolvePlain(value) : { type: "string", text: value };
  const resolve = TAGS.get(tag);
  return resolve === undefined ? { type: "string", text: value } : resolve(value);
}

/** What a tag makes of a text, quoted or not; every other tag makes it a string. */
const TAGS: ReadonlyMap<string, (text: string) => Resolved | undefined> = new Map([
  [`${CORE_TAG}bool`, (text: string) => ofType(resolvePlain(text), "bool")],
  [`${CORE_TAG}null`, (text: string) => ofType(resolvePlain(text), "null")],
  [`${CORE_TAG}int`, (text: string) => ofType(resolvePlain(text), "int")],
  [`${CORE_TAG}float`, (text: string) => asFloat(resolvePlain(text))],
  [`${CORE_TAG}timestamp`, (text: string) => string(isTimestamp(text) ? text : undefined)],
  [`${CORE_TAG}binary`, (text: string) => string(decodeBinary(text))],
]);

/** Whether a scalar in the place of a key is `<<`, which merges a mapping into the one around it. */
export function isMergeKey({ value, plain, tag }: ScalarNode): boolean {
  return value === "<<" && (tag === "" ? plain : tag === "!" || tag === `${CORE_TAG}merge`);
}

function resolvePlain(text: string): Resolved {
  const word = text.length <= LONGEST_WORD ? WORDS.get(text) : undefined;
  return word ?? number(text) ?? { type: "string", text };
}

function ofType(resolved: Resolved, type: "bool" | "null" | "int"): Resolved | undefined {
  if (resolved.type === type || (type === "int" && resolved.type === "uint")) return resolved;
  return undefined;
}

function asFloat(resolved: Resolved): Resolved | undefined {
  if (resolved.type === "int") return float(Number(resolved.text));
  return resolved.type === "float" || resolved.type === "unwritable" ? resolved : undefined;
}

function string(text: string | undefined): Resolved | undefined {
  return text === undefined ? undefined : { type: "string", text };
}

function number(text: string): Resolved | undefined {
  if (text === "" || !"+-.0123456789".includes(text.charAt(0))) return undefined;
  if (SMALL_INTEGER.test(text)) return { type: "int", text };
  if (text.startsWith(".")) return FRACTION.test(text) ? float(Number(text.replaceAll("_", ""))) : undefined;
  const digits = text.replaceAll("_", "");
  return integer(digits) ?? (FLOAT.test(digits) ? float(Number(digits)) : undefined);
}

/** 64 bits, signed or not; a longer decimal number is a float, any other a text. */
function integer(text: string): Resolved | undefined {
  // Go tries again without the prefix, so that the sign may stand behind it.
  const [, sign = "", digits = ""] = INTEGER.exec(text.replace(/^0b([+-])/, "$10b")) ?? [];
  if (digits === "") return undefined;
  const magnitude = BigInt(digits.replace(/^0(?=\d)/, "0o"));
  const value = sign === "-" ? -magnitude : magnitude;
  if (value >= INT64.min && value <= INT64.max) return { type: "int", text: String(value) };
  return sign === "" && value <= UINT64_MAX ? { type: "uint", text: String(value) } : undefined;
}

/** As Go's encoding/json writes a float64, which is as JavaScript does, but for the sign of zero. */
function float(value: number): Resolved | undefined {
  if (!Number.isFinite(value)) return undefined;
  return { type: "float", text: Object.is(value, -0) ? "-0" : String(value) };
}
