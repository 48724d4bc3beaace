// oxlint-disable jest/no-standalone-expect -- the rule does not see that `withOpa` is `test` or `test.skip`
import { describe, expect, test } from "@jest/globals";
import { askOpa, readRows, readTable, tableModule } from "../../../test/builtin-table.ts";
import { compileRego, findOpa } from "../../../test/compile-rego.ts";
import type { EvaluationCall } from "../engine.ts";
import { loadEngine } from "../load.ts";
import { valueToRego } from "../format.ts";
import { NATIVE_FUNCTIONS } from "../natives/functions.ts";
import { BUILTINS } from "./registry.ts";

// The results were written by OPA 1.22.0: `node test/builtin-table.ts src/engine/builtins/testdata/*.tsv`.
const TABLES = [
  "arithmetic",
  "collections",
  "encoding",
  "glob",
  "graphql",
  "json-patch",
  "json-schema",
  "jwt",
  "module",
  "natives",
  "net",
  "others",
  "regex",
  "render-template",
  "sprintf",
  "time",
  "units",
  "x509",
  "yaml",
];

const CALL: EvaluationCall = { now: 0n, seed: "" };
const opa = findOpa();
if (opa === undefined)
  console.warn("Skipped: the comparison with a live OPA, since there is none ($OPA, PATH).");
const withOpa = opa === undefined ? test.skip : test;

describe.each(TABLES)("the builtins in %s.tsv", (name) => {
  const rows = readTable(new URL(`testdata/${name}.tsv`, import.meta.url));
  const expected = rows.map(({ call, result }) => `${call} = ${result}`);
  const show = (results: readonly string[]): readonly string[] =>
    rows.map(({ call }, index) => `${call} = ${results[index] ?? ""}`);

  test("give what the table says", () => {
    const results = rows.map(({ name: builtin, args }) => {
      const run = BUILTINS.get(builtin) ?? NATIVE_FUNCTIONS[builtin];
      const result = run?.(args, CALL);
      return result === undefined ? "undefined" : valueToRego(result);
    });
    expect(show(results)).toEqual(expected);
  });

  withOpa("give the same when compiled policies call them", async () => {
    const source = tableModule(rows.map(({ call }) => call));
    const engine = loadEngine(await compileRego({ "table.rego": source }, ["table/rows"]));
    const result = engine.open(CALL).evaluate("table/rows", { text: "{}", members: [], shared: false });
    expect(result.kind).toBe("value");
    expect(show(readRows(result.kind === "value" ? result.value : undefined, rows.length))).toEqual(expected);
  });

  withOpa("are what OPA itself gives", () => {
    expect(show(askOpa(rows.map(({ call }) => call)))).toEqual(expected);
  });
});
