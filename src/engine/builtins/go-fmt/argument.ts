import { type FloatFormat, formatFloat } from "./float.ts";
import type { Flags } from "./flags.ts";
import {
  type Base,
  formatBigInteger,
  formatBigIntegerFields,
  formatCharacter,
  formatInteger,
  formatQuotedCharacter,
  formatUnicode,
  plainInteger,
} from "./integer.ts";
import { formatHex, formatQuoted, formatString } from "./string.ts";

/** The four Go types that OPA's `sprintf` hands to `fmt.Sprintf`. */
export type Argument =
  | { readonly type: "int64"; readonly value: bigint }
  | { readonly type: "float64"; readonly value: number }
  | { readonly type: "*big.Int"; readonly value: bigint }
  | { readonly type: "string"; readonly value: string };

const BASES: Readonly<Record<string, Base>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const FLOATS: Readonly<Record<string, readonly [format: FloatFormat, precision: number]>> = {
  v: ["g", -1],
  b: ["b", -1],
  g: ["g", -1],
  G: ["G", -1],
  x: ["x", -1],
  X: ["X", -1],
  f: ["f", 6],
  F: ["f", 6],
  e: ["e", 6],
  E: ["E", 6],
};

/** Go prints the address of a `*big.Int`, which differs from run to run; ours must not. */
const ADDRESS = "0xc000000000";

/** One argument by one verb (fmt/print.go, printArg). */
export function formatArgument(argument: Argument, verb: string, flags: Flags): string {
  if (verb === "T") return formatString(argument.type, flags);
  if (verb === "p") return argument.type === "*big.Int" ? ADDRESS : badVerb(argument, verb, flags);
  if (argument.type === "int64") return formatInt64(argument, verb, flags);
  if (argument.type === "float64") return formatFloat64(argument, verb, flags);
  return argument.type === "string" ? formatText(argument, verb, flags) : formatBig(argument, verb, flags);
}

/** `%!d(string=x)`: the verb does not fit the type. */
function badVerb(argument: Argument, verb: string, flags: Flags): string {
  return `%!${verb}(${argument.type}=${formatArgument(argument, "v", flags)})`;
}

function formatInt64(argument: Argument & { type: "int64" }, verb: string, flags: Flags): string {
  const base = BASES[verb];
  if (base !== undefined) return formatInteger(argument.value, base, verb, flags);
  if (verb === "c") return formatCharacter(argument.value, flags);
  if (verb === "q") return formatQuotedCharacter(argument.value, flags);
  return verb === "U" ? formatUnicode(argument.value, flags) : badVerb(argument, verb, flags);
}

function formatFloat64(argument: Argument & { type: "float64" }, verb: string, flags: Flags): string {
  const float = FLOATS[verb];
  return float === undefined ? badVerb(argument, verb, flags) : formatFloat(argument.value, ...float, flags);
}

function formatBig({ type, value }: Argument & { type: "*big.Int" }, verb: string, flags: Flags): string {
  const base = verb === "s" ? 10 : BASES[verb];
  if (base !== undefined) return formatBigInteger(value, base, verb, flags);
  // `%w` wants an error; only there does Go fall back to reflection.
  if (verb === "w") return `%!w(${type}=${formatBigIntegerFields(value, flags)})`;
  return `%!${verb}(big.Int=${plainInteger(value)})`;
}

function formatText(argument: Argument & { type: "string" }, verb: string, flags: Flags): string {
  switch (verb) {
    case "v":
      return flags.sharpV ? formatQuoted(argument.value, flags) : formatString(argument.value, flags);
    case "s":
      return formatString(argument.value, flags);
    case "q":
      return formatQuoted(argument.value, flags);
    case "x":
    case "X":
      return formatHex(argument.value, verb === "X", flags);
    default:
      return badVerb(argument, verb, flags);
  }
}
