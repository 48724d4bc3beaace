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

/** The Go types that OPA's `sprintf` and its templates hand to `fmt.Sprintf`. */
export type Argument = IntegerArgument | FloatArgument | BigArgument | TextArgument;

interface IntegerArgument {
  readonly type: "int64" | "int";
  readonly value: bigint;
}

interface FloatArgument {
  readonly type: "float64";
  readonly value: number;
}

interface BigArgument {
  readonly type: "*big.Int";
  readonly value: bigint;
}

/** A `json.Number` is a text that has a name of its own. */
interface TextArgument {
  readonly type: "string" | "json.Number";
  readonly value: string;
}

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
  switch (argument.type) {
    case "int64":
    case "int":
      return formatInt64(argument, verb, flags);
    case "float64":
      return formatFloat64(argument, verb, flags);
    case "string":
    case "json.Number":
      return formatText(argument, verb, flags);
    case "*big.Int":
      return formatBig(argument, verb, flags);
  }
}

/** `%!d(string=x)`: the verb does not fit the type. */
function badVerb(argument: Argument, verb: string, flags: Flags): string {
  return `%!${verb}(${argument.type}=${formatArgument(argument, "v", flags)})`;
}

function formatInt64(argument: IntegerArgument, verb: string, flags: Flags): string {
  const base = BASES[verb];
  if (base !== undefined) return formatInteger(argument.value, base, verb, flags);
  if (verb === "c") return formatCharacter(argument.value, flags);
  if (verb === "q") return formatQuotedCharacter(argument.value, flags);
  return verb === "U" ? formatUnicode(argument.value, flags) : badVerb(argument, verb, flags);
}

function formatFloat64(argument: FloatArgument, verb: string, flags: Flags): string {
  const float = FLOATS[verb];
  return float === undefined ? badVerb(argument, verb, flags) : formatFloat(argument.value, ...float, flags);
}

function formatBig({ type, value }: BigArgument, verb: string, flags: Flags): string {
  const base = verb === "s" ? 10 : BASES[verb];
  if (base !== undefined) return formatBigInteger(value, base, verb, flags);
  // `%w` wants an error; only there does Go fall back to reflection.
  if (verb === "w") return `%!w(${type}=${formatBigIntegerFields(value, flags)})`;
  return `%!${verb}(big.Int=${plainInteger(value)})`;
}

function formatText(argument: TextArgument, verb: string, flags: Flags): string {
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
