import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isSupported } from "../../../src/engine/builtins/capabilities.ts";
import { PortcullisError } from "../../../src/error.ts";
import { RegoObject, type RegoValue } from "../../../src/engine/value.ts";
import { testOpa } from "../../policy-folder.ts";
import { callSample } from "./call-policy.ts";
import { operandSources } from "./call-text.ts";
import { compareBatch, type Comparison } from "./compare-batch.ts";
import { readDeclarations } from "./declaration.ts";

const { env } = process;
/** The same each time, as for random policies. */
const SEED = Number(env["DIFFERENTIAL_SEED"] ?? 1);
const ROUNDS = 8;
const CALLS = 8;
const INPUTS = 12;
const LIMIT_MS = 600_000;

/** Builtins that no call is left of, and what only the compiler writes; random policies have template strings. */
const NOT_CALLED = /^(assign|eq|print|rego\.metadata\..*|internal\.(print|template_string|test_case))$/;

interface Count {
  readonly calls: number;
  readonly defined: number;
}

/** Policies that call each builtin once in every round, with others each time beside it. */
async function compareCalls(opa: string): Promise<Comparison> {
  const declarations = readDeclarations().filter(({ name }) => isSupported(name) && !NOT_CALLED.test(name));
  const sources = operandSources(declarations);
  const everyOne = { minLength: declarations.length, maxLength: declarations.length };
  const rounds = fc.sample(fc.shuffledSubarray(declarations, everyOne), { seed: SEED, numRuns: ROUNDS });
  const groups = rounds.flatMap((round) => inGroups(round, CALLS));
  const samples = groups.map((group, index) =>
    fc.sample(callSample(group, sources, INPUTS), { seed: SEED + index, numRuns: 1 }),
  );
  return compareBatch(opa, samples.flat(), "v0");
}

function inGroups<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** How often each builtin was called, and how often that gave a value. */
function countsOf({ answers }: Comparison): ReadonlyMap<string, Count> {
  const calls = answers.flatMap((answer) => {
    const parts = answer instanceof RegoObject ? answer.get("value") : undefined;
    return parts instanceof RegoObject
      ? parts.entries.map(([key, found]) => [nameIn(key), lengthOf(found)] as const)
      : [];
  });
  const byName = Map.groupBy(calls, ([name]) => name);
  return new Map(
    [...byName].map(([name, found]) => [
      name,
      { calls: found.length, defined: found.filter(([, length]) => length > 0).length },
    ]),
  );
}

function nameIn(key: RegoValue): string {
  return typeof key === "string" ? key.replace(/^\d+ /, "") : "";
}

function lengthOf(value: RegoValue): number {
  return Array.isArray(value) ? value.length : 0;
}

describe("random calls of builtins", () => {
  let comparison: Comparison = { answers: [], differences: [], refused: [] };
  let counts: ReadonlyMap<string, Count> = new Map();

  beforeAll(async () => {
    comparison = await compareCalls(await testOpa());
    counts = countsOf(comparison);
    const all = [...counts.values()].reduce((sum, { calls }) => sum + calls, 0);
    process.stderr.write(
      `compared ${all} calls of ${counts.size} builtins with OPA, DIFFERENTIAL_SEED=${SEED}\n`,
    );
    if (env["DIFFERENTIAL_COUNTS"] === "true")
      for (const [name, { calls, defined }] of counts)
        process.stderr.write(`${name}: ${calls} calls, ${defined} defined\n`);
  }, LIMIT_MS);

  test("give what OPA gives", () => {
    expect(comparison.differences).toEqual([]);
  });

  test("are of every builtin that a policy may call, and each gave a value", () => {
    const names = readDeclarations().map(({ name }) => name);
    const wanted = names.filter((name) => isSupported(name) && !NOT_CALLED.test(name));
    expect(wanted.filter((name) => (counts.get(name)?.defined ?? 0) === 0)).toEqual([]);
  });

  test("reach few limits of the engine", () => {
    const errors = comparison.answers.filter((answer) => answer instanceof PortcullisError);
    expect(errors.length).toBeLessThan(comparison.answers.length / 50);
  });
});
