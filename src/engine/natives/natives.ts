import type { HostFunction } from "../host.ts";
import { type Condition, isEmptyString, isGreatNumber, isSet, isString } from "./conditions.ts";
import { NATIVE_FUNCTIONS, nonEmptyPaths } from "./functions.ts";
import { type Code, I32_OR, i32Const, ifElse, localGet } from "./instructions.ts";
import type { Calls, Redirection } from "./redirect.ts";

/** How a builtin of the module is changed. */
interface Change {
  /** The function in the module (OPA 1.22.0, internal/compiler/wasm/wasm.go, builtinsFunctions). */
  readonly native: string;
  readonly body: (calls: Calls) => Code;
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
  ...["and", "or", "xor"].map((name) => always(`bits.${name}`, `opa_bits_${name}`, 2)),
  always("bits.negate", "opa_bits_negate", 1),
  always("bits.lsh", "opa_bits_shiftleft", 2),
  always("bits.rsh", "opa_bits_shiftright", 2),
  // A set is in the order of its hashes.
  only("concat", "opa_strings_concat", 2, isSet(1)),
  // Of 32 bits. The module calls it, too, for the index of an item.
  only("format_int", "opa_strings_format_int", 2, isGreatNumber(0)),
  // For an empty text `indexof` gives 0.
  undefinedIf("opa_strings_indexof", isEmptyString(1)),
  always("internal.template_string", "opa_template_string", 1),
  // An empty path ends the evaluation.
  withoutEmptyPaths("json.filter", "builtin_json_filter"),
  withoutEmptyPaths("json.remove", "builtin_json_remove"),
  // Keys are in the order of their hashes, and `<`, `>`, `&` are not escaped.
  always("json.marshal", "opa_json_marshal", 1),
  only("numbers.range", "opa_numbers_range", 2, either(isGreatNumber(0), isGreatNumber(1))),
  // It never ends.
  only("replace", "opa_strings_replace", 3, isEmptyString(1)),
  // What it takes for a number need not be one.
  only("to_number", "opa_to_number", 1, isString(0)),
];

/** The changes as `redirect` wants them. */
export const REDIRECTIONS: readonly Redirection[] = CHANGES.map(({ native, body }, index) => ({
  native,
  body,
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
  return { native, body, run: hostFunction(builtin) };
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

function either(one: Condition, other: Condition): Condition {
  return (calls) => [...one(calls), ...other(calls), ...I32_OR];
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
