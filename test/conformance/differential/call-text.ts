import { readdirSync } from "node:fs";
import fc, { type Arbitrary } from "fast-check";
import { valueToRego } from "../../../src/engine/format.ts";
import { readTable } from "../../builtin-table.ts";
import { HAND_PICKED } from "./call-operands.ts";
import type { Declaration, Type } from "./declaration.ts";
import { textOfType } from "./typed-text.ts";

/** Operands of a call as Rego writes them. */
export type Operands = readonly string[];

type Pools = ReadonlyMap<string, readonly Operands[]>;

/** Tables of calls with what OPA gives: their operands mean something to the builtin. */
const TABLES = new URL("../../../src/engine/builtins/testdata/", import.meta.url);

/** Operands that others are told apart by, or that stay in one line. */
const MAX_TEXT = 200;

/** By builtin. */
function readPools(): Pools {
  const rows = readdirSync(TABLES).flatMap((file) => readTable(new URL(file, TABLES)));
  const ofTables = rows.map(({ name, args }) => [name, args.map(valueToRego)] as const);
  const handPicked = Object.entries(HAND_PICKED).flatMap(([name, calls]) =>
    calls.map((operands) => [name, operands] as const),
  );
  const byName = Map.groupBy([...ofTables, ...handPicked], ([name]) => name);
  return new Map([...byName].map(([name, calls]) => [name, calls.map(([, operands]) => operands)]));
}

/** Where operands come from: `values` are values only, `expressions` may be calls of other builtins. */
export interface OperandSources {
  readonly values: (declaration: Declaration) => Arbitrary<Operands>;
  readonly expressions: (declaration: Declaration) => Arbitrary<Operands>;
}

/**
 * Operands that fit a builtin's declaration: from the tables as they are, with one exchanged, mixed, or any values of the
 * right types.
 */
export function operandSources(declarations: readonly Declaration[]): OperandSources {
  const pools = readPools();
  const strings = fc.constantFrom(...stringsIn(pools));
  const calls = callsByResult(declarations, pools);
  const known = new Map<string, Arbitrary<Operands>>();
  const values = (declaration: Declaration): Arbitrary<Operands> => {
    const made =
      known.get(declaration.name) ??
      operandsOf(declaration, pools, strings).filter(differsInNothing(declaration));
    known.set(declaration.name, made);
    return made;
  };
  const expressions = (declaration: Declaration): Arbitrary<Operands> => {
    if (FIXED.has(declaration.name)) return values(declaration);
    const types = declaration.decl.args ?? [];
    const nested = types.flatMap((type, at) => {
      const fitting = calls.get(type.type) ?? [];
      if (fitting.length === 0) return [];
      return fc
        .tuple(values(declaration), fc.constantFrom(...fitting))
        .map(([all, call]) => all.with(at, call));
    });
    return nested.length === 0
      ? values(declaration)
      : fc.oneof({ weight: 4, arbitrary: values(declaration) }, ...nested);
  };
  return { values, expressions };
}

function operandsOf(
  { name, decl }: Declaration,
  pools: Pools,
  strings: Arbitrary<string>,
): Arbitrary<Operands> {
  const types = decl.args ?? [];
  const pool = (pools.get(name) ?? []).filter((operands) => operands.length === types.length);
  const typed = fc.tuple(...types.map((type) => ofTypeOrKnown(type, strings)));
  if (FIXED.has(name) || types.length === 0) return fc.constantFrom(...(pool.length === 0 ? [[]] : pool));
  if (pool.length === 0) return typed;
  const picked = fc.constantFrom(...pool);
  const mixed = fc.tuple(...types.map((_, at) => picked.map((operands) => operands[at] ?? "null")));
  const exchanged = fc
    .tuple(picked, typed, fc.nat({ max: types.length - 1 }))
    .map(([operands, others, at]) => operands.with(at, others[at] ?? "null"));
  return fc.oneof(
    { weight: 6, arbitrary: picked },
    { weight: 3, arbitrary: mixed },
    { weight: 2, arbitrary: exchanged },
    typed,
  );
}

/** Differences that docs/reference/builtins.md names: operands that have them are left out. */
const UNICODE_LINE_END = /[\u0085\u2028\u2029]|\\u(?:0085|202[89])/;
const KNOWN: Readonly<Record<string, RegExp>> = {
  "yaml.is_valid": UNICODE_LINE_END,
  "yaml.marshal": UNICODE_LINE_END,
  "yaml.unmarshal": UNICODE_LINE_END,
};

function differsInNothing({ name }: Declaration): (operands: Operands) => boolean {
  return (operands) => KNOWN[name]?.test(operands.join()) !== true;
}

/** Only calls of the pools, as they are: with other operands results are others each time, or OPA computes without end. */
export const FIXED: ReadonlySet<string> = new Set([
  "bits.lsh",
  "net.cidr_expand",
  "numbers.range",
  "numbers.range_step",
  "rand.intn",
]);

function ofTypeOrKnown(type: Type, strings: Arbitrary<string>): Arbitrary<string> {
  return type.type === "string" ? fc.oneof(textOfType(type), strings) : textOfType(type);
}

function stringsIn(pools: Pools): readonly string[] {
  const all = [...pools.values()].flat(2).filter((text) => text.startsWith('"') && text.length <= MAX_TEXT);
  return [...new Set(all)];
}

/** Calls of the tables by the type of their results. */
function callsByResult(
  declarations: readonly Declaration[],
  pools: Pools,
): ReadonlyMap<string, readonly string[]> {
  const calls = declarations.flatMap(({ name, decl }) =>
    (FIXED.has(name) ? [] : (pools.get(name) ?? []))
      .filter((operands) => operands.join("").length <= MAX_TEXT)
      .map((operands) => ({ type: decl.result?.type ?? "any", call: `${name}(${operands.join(", ")})` })),
  );
  return new Map(
    [...Map.groupBy(calls, ({ type }) => type)].map(([type, found]) => [type, found.map(({ call }) => call)]),
  );
}
