import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { valueToRego } from "../src/engine/format.ts";
import { parseValue } from "../src/engine/parse.ts";
import { RegoObject, type RegoValue } from "../src/engine/value.ts";
import { runOpa } from "./compile-rego.ts";

/**
 * A table of builtin calls with what OPA gives for each. The files have a call and its result a line, with a tab between
 * them, both in Rego; `undefined` stands for no result. After adding calls, let OPA fill in the results:
 *
 *     node test/builtin-table.ts src/engine/builtins/testdata/*.tsv
 */
export interface TableRow {
  /** E.g. `sprintf("%d", [1])`. */
  readonly call: string;
  readonly name: string;
  readonly args: readonly RegoValue[];
  readonly result: string;
}

export function readTable(url: URL): readonly TableRow[] {
  return lines(readFileSync(url, "utf8")).map(([call, result]) => {
    const open = call.indexOf("(");
    const args = parseValue(`[${call.slice(open + 1, -1)}]`);
    return { call, name: call.slice(0, open), args: Array.isArray(args) ? args : [], result };
  });
}

/** A policy with a rule for each call: `data.table.rows[i]`, absent where the call is undefined. */
export function tableModule(calls: readonly string[]): string {
  return ["package table", ...calls.map((call, index) => `rows["${index}"] := ${call}`), ""].join("\n");
}

/** What OPA itself gives for each call, as the table writes it. */
export function askOpa(calls: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-table-"));
  try {
    const file = join(folder, "table.rego");
    // As text in Rego, since JSON, which `opa eval` prints, has no sets.
    writeFileSync(file, tableModule(calls.map((call) => `sprintf("%v", [[${call}]])`)));
    const rows = parseValue(runOpa(["eval", "--format", "raw", "--data", file, "data.table.rows"]));
    return calls.map((_, index) =>
      resultOf(rows instanceof RegoObject ? rows.get(String(index)) : undefined),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The result out of an array of it, as OPA writes that. */
function resultOf(text: RegoValue | undefined): string {
  if (typeof text !== "string") return "undefined";
  const plain = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, (literal) => JSON.stringify(unquote(literal)));
  const value = parseValue(plain);
  return Array.isArray(value) && value[0] !== undefined ? valueToRego(value[0]) : "undefined";
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The text that Go's `strconv.Quote` wrote so. */
function unquote(literal: string): string {
  return literal.slice(1, -1).replaceAll(/\\(?:x..|u....|U........|.)/g, (escape) => {
    if (escape.length > 2) return String.fromCodePoint(Number.parseInt(escape.slice(2), 16));
    return ESCAPES[escape.slice(1)] ?? escape.slice(1);
  });
}

/** The table's results out of the value of `data.table.rows`. */
export function readRows(rows: RegoValue | undefined, count: number): readonly string[] {
  const object = rows instanceof RegoObject ? rows : new RegoObject([]);
  return Array.from({ length: count }, (_, index) => {
    const value = object.get(String(index));
    return value === undefined ? "undefined" : valueToRego(value);
  });
}

function lines(text: string): readonly (readonly [call: string, result: string])[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [call = "", result = ""] = line.split("\t");
      return [call, result] as const;
    });
}

function fillIn(file: string): void {
  const calls = lines(readFileSync(file, "utf8")).map(([call]) => call);
  const results = askOpa(calls);
  writeFileSync(file, calls.map((call, index) => `${call}\t${results[index] ?? ""}\n`).join(""));
}

if (import.meta.main) for (const file of process.argv.slice(2)) fillIn(file);
