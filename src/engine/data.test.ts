import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compileRego, runOpa } from "../../test/compile-rego.ts";
import type { EvaluationCall, LoadedEngine } from "./engine.ts";
import { valueToRego } from "./format.ts";
import { loadEngine } from "./load.ts";
import { parseValue } from "./parse.ts";

const CALL: EvaluationCall = { now: 1n, seed: "data" };
const SOURCE = `package example

all := data.inventory

matched := {name | some name, _ in data.inventory; regex.match("^[a-c]+$", name)}

conflict := name if some name in input.names

# Takes memory as asked for: 1024 bytes times the size.
greedy := count([text | some i in numbers.range(1, input.size); text := sprintf("%01024d", [i])])
`;
const ENTRYPOINTS = ["all", "matched", "conflict", "greedy"].map((name) => `example/${name}`);
let compiled: Awaited<ReturnType<typeof compileRego>>;

beforeAll(async () => {
  compiled = await compileRego({ "example.rego": SOURCE }, ENTRYPOINTS);
});

function load(data: unknown = {}): LoadedEngine {
  return loadEngine({ wasm: compiled.wasm, data: JSON.stringify(data) });
}

function evaluated(engine: LoadedEngine, rule: string, input: unknown = {}): unknown {
  const result = engine
    .open(CALL)
    .evaluate(`example/${rule}`, { text: JSON.stringify(input), members: [], shared: false });
  if (result.kind === "error") return result.error.code;
  return result.value === undefined ? undefined : JSON.parse(JSON.stringify(result.value));
}

/** What the data are by these rules of `LoadedEngine`. */
type Json = { [key: string]: unknown };

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined if something on the way is no object. */
function parentIn(model: Json, path: readonly string[]): Json | undefined {
  let parent = model;
  for (const key of path.slice(0, -1)) {
    const next = key in parent ? parent[key] : (parent[key] = {});
    if (!isObject(next)) return undefined;
    parent = next;
  }
  return parent;
}

const KEYS = fc.constantFrom("a", "b", "abc", "x-1", "é");
const PATH = fc.array(KEYS, { minLength: 0, maxLength: 3 }).map((keys) => ["inventory", ...keys]);
const VALUE = fc.oneof(
  fc.constantFrom<unknown>(null, true, 1.5, "text", [], [{ a: 1 }], "t".repeat(300)),
  fc.dictionary(KEYS, fc.oneof(fc.integer(), fc.dictionary(KEYS, fc.string()), fc.array(fc.string()))),
);
const STEP = fc.oneof(
  // It takes a second on a busy machine.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("large" as const) }) },
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("set" as const), value: fc.dictionary(KEYS, VALUE) }),
  },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("put" as const), path: PATH, value: VALUE }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("put" as const), path: PATH, value: VALUE }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("remove" as const), path: PATH }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom("evaluate" as const, "throw" as const) }) },
);
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

/** Does the same to the engine and to the model; both refuse the same. */
function take(step: Step, engine: LoadedEngine, model: Json): Json {
  switch (step.kind) {
    case "set":
      engine.setData(JSON.stringify({ inventory: step.value }));
      return structuredClone({ inventory: step.value });
    case "evaluate":
      evaluated(engine, "matched");
      return model;
    case "throw":
      evaluated(engine, "conflict", { names: ["a", "b"] });
      return model;
    case "large":
      evaluated(engine, "greedy", { size: 20_000 });
      return model;
    case "put":
    case "remove":
      return change(step, engine, model);
  }
}

function change(step: Step & { readonly path: readonly string[] }, engine: LoadedEngine, model: Json): Json {
  const { path } = step;
  const next = structuredClone(model);
  const parent = parentIn(next, path);
  const run = (): void =>
    step.kind === "put" ? engine.setDataPath(path, JSON.stringify(step.value)) : engine.removeDataPath(path);
  if (parent === undefined) {
    expect(run).toThrow("something else than an object");
    return model;
  }
  run();
  const key = path.at(-1) ?? "";
  if (step.kind === "put") parent[key] = structuredClone(step.value);
  else delete parent[key];
  return next;
}

describe("data", () => {
  test("after any changes are what a fresh engine has that is loaded with them", () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
        const engine = load();
        let model: Json = {};
        for (const step of steps) model = take(step, engine, model);
        const fresh = load(model);
        for (const rule of ["all", "matched"])
          expect(evaluated(engine, rule)).toEqual(evaluated(fresh, rule));
        expect(evaluated(engine, "all")).toEqual(model["inventory"]);
      }),
      { numRuns: 20 },
    );
  });

  test("are what OPA has of them", () => {
    const engine = load({ inventory: { a: { x: 1 }, ü: [1] } });
    engine.setDataPath(["inventory", "b", "c"], '{"n":12345678901234567890,"t":"\\u00e9"}');
    engine.removeDataPath(["inventory", "a", "x"]);
    engine.setDataPath(["inventory", "a", "list"], '[1, {"b": [true, null]}]');
    const data = {
      inventory: { a: { list: [1, { b: [true, null] }] }, ü: [1], b: { c: { n: 0, t: "é" } } },
    };
    const text = JSON.stringify({ data }).replace('"n":0', '"n":12345678901234567890');
    const opa = runOpa(["eval", "--format", "raw", `${text}.data.inventory`]);
    const result = engine.open(CALL).evaluate("example/all", { text: "{}", members: [], shared: false });
    if (result.kind === "error" || result.value === undefined) throw new Error("there are data");
    expect(valueToRego(result.value)).toBe(valueToRego(parseValue(opa)));
  });

  test("grow into another memory, with all that they were", () => {
    const engine = load();
    const expected: Record<string, unknown> = {};
    for (let number = 0; number < 40; number += 1) {
      expected[`n${number}`] = Array.from({ length: 800 }, (_, index) => `${number}-${index}`);
      engine.setDataPath(["inventory", `n${number}`], JSON.stringify(expected[`n${number}`]));
      expect(evaluated(engine, "conflict", { names: [1, 2] })).toBe("EVALUATION_FAILED");
    }
    expect(evaluated(engine, "all")).toEqual(expected);
    expect(evaluated(engine, "greedy", { size: 20_000 })).toBe(20_000);
    expect(evaluated(engine, "all")).toEqual(expected);
  });

  test("that take a hundred times their text find room", () => {
    const engine = load();
    const zeros = Array<number>(60_000).fill(0);
    engine.setData(JSON.stringify({ inventory: { zeros } }));
    engine.setDataPath(["inventory", "more"], JSON.stringify([zeros, zeros, zeros]));
    expect(evaluated(engine, "all")).toEqual({ zeros, more: [zeros, zeros, zeros] });
  });

  test("are not changed by what is refused", () => {
    const engine = load({ inventory: { list: [1] } });
    for (const run of [
      () => engine.setData("[]"),
      () => engine.setData('{"a":'),
      () => engine.setDataPath(["inventory", "list", "0"], "2"),
      () => engine.setDataPath(["inventory", "x"], "{,}"),
      () => engine.removeDataPath(["inventory", "list", "0"]),
      () => engine.setDataPath(["inventory", "x"], new Uint8Array([0xff])),
      () => engine.setDataPath(["inventory", "x"], `${"[".repeat(200_000)}${"]".repeat(200_000)}`),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: "DATA_INVALID" }));
      expect(evaluated(engine, "all")).toEqual({ list: [1] });
    }
  });

  test("end the session when they change, and go with the engine", () => {
    const engine = load();
    const session = engine.open(CALL);
    engine.setData("{}");
    const input = { text: "{}", members: [], shared: false };
    expect(() => session.evaluate("example/all", input)).toThrow("A session ends");
    engine.close();
    expect(() => engine.open(CALL)).toThrow("The engine is closed.");
  });
});
