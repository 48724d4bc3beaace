import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { compileRego, findOpa, runOpa } from "../../test/compile-rego.ts";
import { failureMessage, operandTypes } from "./builtin-failure.ts";
import { BUILTINS } from "./builtins/registry.ts";
import type { EvaluationResult, LoadedEngine } from "./engine.ts";
import { MAX_BUILTIN_ERRORS, NoteTaker } from "./evaluation-notes.ts";
import { loadEngine } from "./load.ts";
import { parseValue } from "./parse.ts";
import { MAX_PRINTED_CHARACTERS, PrintedLines } from "./print.ts";
import { RegoNumber, RegoSet } from "./value.ts";

const SOURCE = `package example

parsed contains units.parse(amount) if some amount in input.amounts

printing contains name if {
	some name in input.names
	print("name", name, input.nope, {1, "x"}, [name, 1.50, "\\u0001\\n"], {"a": null})
	print(name == "b")
	print({x | some x in ["p", "q"]}, sprintf("%s", [name]))
}

both if {
	print("one")
	units.parse(input.amount)
	print("two")
}

conflict := name if {
	some name in input.names
	print("before", name)
}

greedy := count([text | some i in numbers.range(1, input.size); text := sprintf("%01024d", [i])]) if {
	print("greedy")
}
`;
const RULES = ["parsed", "printing", "both", "conflict", "greedy"];
let engine: LoadedEngine;

beforeAll(async () => {
  const entrypoints = RULES.map((rule) => `example/${rule}`);
  const compiled = await compileRego({ "example.rego": SOURCE }, entrypoints, ["--wasm-include-print"]);
  engine = loadEngine(compiled);
});

function evaluated(rule: string, input: unknown, print = true): EvaluationResult {
  const document = { text: JSON.stringify(input), members: [], shared: false };
  return engine.open({ now: 1n, seed: "notes", print }).evaluate(`example/${rule}`, document);
}

/** What OPA prints while it evaluates the rule. */
function printedByOpa(rule: string, input: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-print-"));
  try {
    writeFileSync(join(folder, "example.rego"), SOURCE);
    writeFileSync(join(folder, "input.json"), JSON.stringify(input));
    const args = ["eval", "-d", "example.rego", "-i", "input.json", `data.example.${rule}`];
    return spawnSync(findOpa() ?? "opa", args, { cwd: folder, encoding: "utf8" }).stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("a builtin that fails", () => {
  test("makes the expression undefined, and is told with the result: each reason once, with its number", () => {
    const { notes, ...result } = evaluated("parsed", { amounts: [1, "2Ki", 3, "many", null] });
    expect(result).toMatchObject({ kind: "value", value: new RegoSet([new RegoNumber("2048")]) });
    expect(notes?.builtinErrors).toEqual([
      { builtin: "units.parse", message: "units.parse: operand 1 must be string but got number", count: 2 },
      { builtin: "units.parse", message: "units.parse: no result for operands of type string", count: 1 },
      { builtin: "units.parse", message: "units.parse: operand 1 must be string but got null", count: 1 },
    ]);
    expect(notes?.moreBuiltinErrors).toBe(0);
  });

  test("leaves nothing for the next evaluation", () => {
    const session = engine.open({ now: 1n, seed: "notes" });
    const each = (amounts: readonly unknown[]): EvaluationResult =>
      session.evaluate("example/parsed", { text: JSON.stringify({ amounts }), members: [], shared: false });
    expect(each([1]).notes).toBeDefined();
    expect("notes" in each(["1"])).toBe(false);
  });

  test("is one of a bounded number", () => {
    const taker = new NoteTaker();
    for (let number = 0; number < MAX_BUILTIN_ERRORS + 3; number += 1) taker.builtinFailed(`b${number}`, []);
    taker.builtinFailed("b0", []);
    const { builtinErrors, moreBuiltinErrors } = taker.notes();
    expect(builtinErrors).toHaveLength(MAX_BUILTIN_ERRORS);
    expect(builtinErrors[0]?.count).toBe(2);
    expect(moreBuiltinErrors).toBe(3);
  });

  test.each([
    ["sprintf", '["%v", {1}]', "sprintf: operand 2 must be array but got set"],
    ["time.clock", "[true]", "time.clock: operand 1 must be one of {number, array} but got boolean"],
    ["time.clock", '[{"a": 1}]', "time.clock: operand 1 must be one of {number, array} but got object"],
    ["json.patch", "[1, []]", "json.patch: no result for operands of type number, array"],
  ])("%s of %s is told by types, never by values", (name, operands, message) => {
    const values = parseValue(operands);
    expect(failureMessage(name, Array.isArray(values) ? values : [])).toBe(message);
  });

  test("has the operands that OPA declares", () => {
    const Type = z.looseObject({ type: z.string(), of: z.unknown().optional() });
    const Types = z.array(Type);
    const Declared = z.object({
      builtins: z.array(
        z.looseObject({ name: z.string(), decl: z.looseObject({ args: z.array(Type).optional() }) }),
      ),
    });
    const declared = Declared.parse(JSON.parse(runOpa(["capabilities", "--current"])));
    const typeText = ({ type, of: types }: z.infer<typeof Type>): string => {
      const names = type === "any" ? Types.parse(types ?? []).map((each) => each.type) : [type];
      return names.length === 0 ? "any" : [...new Set(names)].join("|");
    };
    for (const { name, decl } of declared.builtins) {
      if (!BUILTINS.has(name) || operandTypes(name).length === 0) continue;
      const types = (decl.args ?? []).map(typeText);
      expect([name, types.slice(0, operandTypes(name).length)]).toEqual([name, operandTypes(name)]);
    }
  });
});

describe("print", () => {
  test.each([
    ["printing", { names: ["a", "b"] }],
    ["both", { amount: 1 }],
    ["both", { amount: "1" }],
    ["printing", { names: [{ b: 1, a: ["é", "\u2028"] }] }],
  ])("in %s of %j writes what OPA writes", (rule, input) => {
    const { notes } = evaluated(rule, input);
    expect(`${(notes?.printed ?? []).join("\n")}\n`).toBe(printedByOpa(rule, input));
  });

  test("is silent unless it is asked for, and succeeds all the same", () => {
    const result = evaluated("printing", { names: ["a"] }, false);
    expect(result).toMatchObject({ kind: "value", value: new RegoSet(["a"]) });
    expect("notes" in result).toBe(false);
  });

  test("is told of a rule that failed, and once of one that was tried again in more memory", () => {
    expect(evaluated("conflict", { names: ["a", "b"] })).toMatchObject({
      kind: "error",
      notes: { printed: ["before a", "before b"] },
    });
    expect(evaluated("greedy", { size: 20_000 })).toMatchObject({
      kind: "value",
      notes: { printed: ["greedy"] },
    });
  });

  test("writes a bounded number of characters, and says so", () => {
    const lines = new PrintedLines();
    for (let count = 0; count < 3; count += 1) lines.print(["x".repeat(MAX_PRINTED_CHARACTERS / 2)]);
    const many = new RegoSet(Array.from({ length: 1_000 }, (_, index) => `v${index}`));
    lines.print([many, many, many]);
    expect(lines.lines.map((line) => line.length)).toEqual([8_192, 30]);
    expect(lines.lines.at(-1)).toBe("… (more than 16384 characters)");
  });
});
