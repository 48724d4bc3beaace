import type { HostFunction } from "../host.ts";
import {
  type Condition,
  hasZeroByte,
  isBaseTwo,
  isEmptyArray,
  isEmptyString,
  isGreatNumber,
  isSet,
  isString,
} from "./conditions.ts";
import { NATIVE_FUNCTIONS, nonEmptyPaths } from "./functions.ts";
import { type Code, I32_OR, i32Const, ifElse, localGet, localSet } from "./instructions.ts";
import type { Calls, Redirection } from "./redirect.ts";

/** How a builtin of the module is changed. */
interface Change {
  /** The function in the module (OPA 1.22.0, internal/compiler/wasm/wasm.go, builtinsFunctions). */
  readonly native: string;
  readonly body: (calls: Calls) => Code;
  readonly locals?: number;
  /** What the body may ask of the host. */
  readonly run?: HostFunction;
}

/** The least number of a host's function; the module's own builtins are numbered from 0. */
const FIRST_ID = 1_000_000;

/**
 * Builtins that OPA compiles into the module, where they give something else than OPA does or run for minutes. The host
 * does them whenever that can be, and only then, since to ask the host takes a microsecond or more.
 */
const CHANGES: readonly Change[] = [
  // Sums and products of fractions are decimal and keep last zeros, integers beyond 32 bits lose their upper half.
  ...["plus", "minus", "multiply", "rem"].map((name) =>
    only(name === "multiply" ? "mul" : name, `opa_arith_${name}`, 2, anyGreatNumber(2, 0, 1)),
  ),
  always("div", "opa_arith_divide", 2),
  ...["abs", "round", "ceil", "floor"].map((name) =>
    only(name, `opa_arith_${name}`, 1, anyGreatNumber(1, 0)),
  ),
  ...["sum", "product"].map((name) => always(name, `opa_agg_${name}`, 1)),
  ...["and", "or", "xor"].map((name) => always(`bits.${name}`, `opa_bits_${name}`, 2)),
  // `1.0` is an integer.
  only("array.slice", "opa_array_slice", 3, anyGreatNumber(3, 1, 2)),
  always("bits.negate", "opa_bits_negate", 1),
  always("bits.lsh", "opa_bits_shiftleft", 2),
  always("bits.rsh", "opa_bits_shiftright", 2),
  // It takes texts that are no base64, such as those with a space, and is undefined for an empty one.
  ifBase64("base64.decode", "opa_base64_decode"),
  always("base64.is_valid", "opa_base64_is_valid", 1),
  ifBase64("base64url.decode", "opa_base64_url_decode"),
  // A set is in the order of its hashes.
  only("concat", "opa_strings_concat", 2, isSet(1)),
  // Of 32 bits and 20 digits. The module calls it, too, for the index of an item.
  only("format_int", "opa_strings_format_int", 2, (calls) => [
    ...anyGreatNumber(2, 0)(calls),
    ...isBaseTwo(1)(calls),
    ...I32_OR,
  ]),
  // `^` and others mean something to it, and a line end is no character.
  always("glob.match", "opa_glob_match", 3),
  // For an empty text `indexof` gives 0.
  undefinedIf("opa_strings_indexof", isEmptyString(1)),
  always("internal.template_string", "opa_template_string", 1),
  // An empty path ends the evaluation.
  withoutEmptyPaths("json.filter", "builtin_json_filter"),
  withoutEmptyPaths("json.remove", "builtin_json_remove"),
  // What follows a number is not looked at, nor how great its exponent is.
  always("json.is_valid", "opa_json_is_valid", 1),
  always("json.unmarshal", "opa_json_unmarshal", 1),
  // Keys are in the order of their hashes, and `<`, `>`, `&` are not escaped.
  always("json.marshal", "opa_json_marshal", 1),
  // Addresses of IPv4 that are written as IPv6 are taken for others.
  always("net.cidr_contains", "opa_cidr_contains", 2),
  always("net.cidr_intersects", "opa_cidr_intersects", 2),
  only("numbers.range", "opa_numbers_range", 2, anyGreatNumber(2, 0, 1)),
  // Of no objects it is undefined.
  only("object.union_n", "builtin_object_union_n", 1, isEmptyArray(0)),
  // Of the negative numbers only -1 stands for all.
  always("regex.find_all_string_submatch_n", "opa_regex_find_all_string_submatch", 3),
  always("regex.is_valid", "opa_regex_is_valid", 1),
  // It reads a pattern to its first zero byte, knows no `(?<name>…)`, and takes no pattern of very many instructions.
  ifUndefinedOr("regex.match", "opa_regex_match", 2, hasZeroByte(0, 2)),
  // It never ends.
  only("replace", "opa_strings_replace", 3, isEmptyString(1)),
  // `1.0` is an integer.
  only("substring", "opa_strings_substring", 3, anyGreatNumber(3, 1, 2)),
  // What it takes for a number need not be one.
  only("to_number", "opa_to_number", 1, isString(0)),
];

/** The changes as `redirect` wants them. */
export const REDIRECTIONS: readonly Redirection[] = CHANGES.map(({ native, body, locals = 0 }, index) => ({
  native,
  body,
  locals,
  id: FIRST_ID + index,
}));

/** What the changed functions call, by their numbers. */
export const REDIRECTED: ReadonlyMap<number, HostFunction> = new Map(
  CHANGES.flatMap(({ run }, index) => (run === undefined ? [] : [[FIRST_ID + index, run]])),
);

function always(builtin: string, native: string, arity: number): Change {
  const body = ({ host }: Calls): Code => host(parameters(arity));
  return { native, body, run: hostFunction(builtin) };
}

function only(builtin: string, native: string, arity: number, condition: Condition): Change {
  const body = (calls: Calls): Code => [
    ...condition(calls),
    ...ifElse(calls.host(parameters(arity)), originalOf(calls, arity)),
  ];
  return { native, body, locals: 1, run: hostFunction(builtin) };
}

/** Asks the host where the condition holds or the module has no value. */
function ifUndefinedOr(builtin: string, native: string, arity: number, condition: Condition): Change {
  const asked = (calls: Calls): Code => calls.host(parameters(arity));
  const body = (calls: Calls): Code => [
    ...condition(calls),
    ...ifElse(asked(calls), [
      ...originalOf(calls, arity),
      ...localSet(arity),
      ...localGet(arity),
      ...ifElse(localGet(arity), asked(calls)),
    ]),
  ];
  return { native, body, locals: 1, run: hostFunction(builtin) };
}

/** The host says what the text is in base64, if it is any; the module decodes it, since it can hold any bytes. */
function ifBase64(builtin: string, native: string): Change {
  const canonical = 1;
  const body = (calls: Calls): Code => [
    ...calls.host([0]),
    ...localSet(canonical),
    ...localGet(canonical),
    ...ifElse(
      [
        ...isEmptyString(canonical)(calls),
        ...ifElse(localGet(canonical), [...localGet(canonical), ...calls.original]),
      ],
      i32Const(0),
    ),
  ];
  return { native, body, locals: 1, run: hostFunction(builtin) };
}

function undefinedIf(native: string, condition: Condition): Change {
  const body = (calls: Calls): Code => [...condition(calls), ...ifElse(i32Const(0), originalOf(calls, 2))];
  return { native, body };
}

function withoutEmptyPaths(builtin: string, native: string): Change {
  return { native, body: checkingPaths, run: { name: builtin, run: ([paths]) => nonEmptyPaths(paths) } };
}

function checkingPaths({ host, original }: Calls): Code {
  return [...localGet(0), ...host([1]), ...original];
}

/** Whether one of these parameters, of so many, is a great number. Takes the first local after them. */
function anyGreatNumber(arity: number, ...among: readonly number[]): Condition {
  return (calls) => [
    ...among.flatMap((parameter) => isGreatNumber(parameter, arity)(calls)),
    ...among.slice(1).flatMap(() => I32_OR),
  ];
}

function originalOf({ original }: Calls, arity: number): Code {
  return [...parameters(arity).flatMap(localGet), ...original];
}

function parameters(arity: number): readonly number[] {
  return Array.from({ length: arity }, (_, index) => index);
}

function hostFunction(name: string): HostFunction {
  const run = NATIVE_FUNCTIONS[name];
  if (run === undefined) throw new Error(`The host has no ${name}.`);
  return { name, run };
}
