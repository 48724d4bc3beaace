import { parseTime } from "./go-time/parse.ts";

/** What a plain scalar of YAML stands for; a number as JSON text. `.nan` and `.inf` are numbers that JSON cannot write. */
export type YamlScalar =
  | { readonly kind: "null" | "string" | "merge" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int" | "float"; readonly text: string };

const WORDS: ReadonlyMap<string, YamlScalar> = new Map<string, YamlScalar>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { kind: "null" }] as const),
  ...["true", "True", "TRUE"].map((word) => [word, { kind: "bool", value: true }] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { kind: "bool", value: false }] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, { kind: "float", text: "NaN" }] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map(
    (word) => [word, { kind: "float", text: "Infinity" }] as const,
  ),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, { kind: "float", text: "-Infinity" }] as const),
  ["<<", { kind: "merge" }],
]);

/** go-yaml's own pattern (resolve.go, yamlStyleFloat). */
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

const STRING: YamlScalar = { kind: "string" };

/** `go.yaml.in/yaml/v3`, resolve.go, where a time stamp stays a string (internal/yaml/yaml.go). */
export function resolvePlain(text: string): YamlScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith(".")) return FLOAT.test(text) ? float(text) : STRING;
  if (!/^[-+0-9]/.test(text) || isTimestamp(text)) return STRING;
  return number(text.replaceAll("_", ""));
}

function number(text: string): YamlScalar {
  const integer = integerOf(text);
  if (integer !== undefined) return { kind: "int", text: String(integer) };
  return FLOAT.test(text) ? float(text) : STRING;
}

function float(text: string): YamlScalar {
  const value = Number(text);
  // Go's ParseFloat fails beyond the range of a double.
  return Number.isFinite(value) ? { kind: "float", text: formatFloat(value) } : STRING;
}

/** As `encoding/json` writes a double; like JavaScript but for `-0`. */
function formatFloat(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

const BASES: readonly (readonly [pattern: RegExp, prefix: string])[] = [
  [/^[-+]?0[xX]([0-9a-fA-F]+)$/, "0x"],
  [/^[-+]?0[bB]([01]+)$/, "0b"],
  [/^[-+]?0[oO]?([0-7]+)$/, "0o"],
  [/^[-+]?(0|[1-9][0-9]*)$/, ""],
];

/** An integer of 64 bits with a sign, or without one. */
function integerOf(text: string): bigint | undefined {
  for (const [pattern, prefix] of BASES) {
    const [, digits] = pattern.exec(text) ?? [];
    if (digits === undefined) continue;
    const size = BigInt(prefix + digits);
    const value = text.startsWith("-") ? -size : size;
    if (BigInt.asIntN(64, value) === value) return value;
    // What has a sign is no number without one.
    return /^[0-9]/.test(text) && BigInt.asUintN(64, value) === value ? value : undefined;
  }
  return undefined;
}

const TIMESTAMPS = [
  "2006-1-2T15:4:5.999999999Z07:00",
  "2006-1-2t15:4:5.999999999Z07:00",
  "2006-1-2 15:4:5.999999999",
  "2006-1-2",
];

/** `2001-12-14`, with or without a time of day. */
export function isTimestamp(text: string): boolean {
  return /^\d{4}-/.test(text) && TIMESTAMPS.some((layout) => parseTime(layout, text) !== undefined);
}
