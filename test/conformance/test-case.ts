import { globSync } from "node:fs";
import { z } from "zod";
import { valueToRego } from "../../src/engine/format.ts";
import { parseValue } from "../../src/engine/parse.ts";
import { RegoObject, type RegoValue } from "../../src/engine/value.ts";
import { runOpa } from "../compile-rego.ts";

export const DIALECTS = ["v0", "v1"] as const;
export type Dialect = (typeof DIALECTS)[number];

/**
 * One of OPA's own cases (v1/test/cases/cases.go). Data, input and results are JSON text, in which numbers keep the digits
 * that OPA reads from the YAML.
 */
export interface TestCase {
  /** E.g. `v1 aggregates/count`: the dialect and the note; where several have it, the second is `v1 aggregates/count (2)`. */
  readonly id: string;
  readonly dialect: Dialect;
  /** The folder it is in: a builtin, or a part of the language. */
  readonly folder: string;
  readonly query: string;
  readonly modules: readonly string[];
  /** The base documents. */
  readonly data: string;
  /** A Rego term. */
  readonly input: string | undefined;
  readonly want: Expectation;
}

export type Expectation =
  | {
      readonly kind: "result";
      /** An array with an object for each answer, which has a member for each variable of the query. */
      readonly rows: string;
      readonly variables: readonly string[];
      /** True if the order of a variable's items says nothing. */
      readonly isSorted: boolean;
    }
  | { readonly kind: "error"; readonly code: string }
  /** Where OPA in strict mode would give the error of a builtin: without that mode the expression is undefined. */
  | { readonly kind: "undefined" };

const Source = z.object({
  note: z.string(),
  query: z.string(),
  modules: z.array(z.string()).optional(),
  input_term: z.string().optional(),
  want_result: z.array(z.record(z.string(), z.unknown())).optional(),
  want_error_code: z.string().optional(),
  sort_bindings: z.boolean().optional(),
  strict_error: z.boolean().optional(),
});
type Source = z.infer<typeof Source>;

/**
 * Reads all cases below OPA's `v1/test/cases/testdata`, in the order of their files. OPA itself reads the YAML: other
 * readers differ in what `on` or a great number is.
 */
export function readCases(root: string): readonly TestCase[] {
  const files = DIALECTS.flatMap((dialect) => globSync(`${dialect}/*/**/*.yaml`, { cwd: root }).toSorted());
  const mounted = files.flatMap((file, index) => ["--data", `file${index}:${file}`]);
  const documents = parseValue(runOpa(["eval", "--format", "raw", ...mounted, "data"], root));
  return numbered(files.flatMap((file, index) => casesOf(file, member(documents, `file${index}`))));
}

function casesOf(file: string, document: RegoValue | undefined): readonly TestCase[] {
  const [, dialect, folder = ""] = /^(v0|v1)[\\/]([^\\/]+)/.exec(file) ?? [];
  const cases = member(document, "cases");
  return isArray(cases) ? cases.map((value) => toCase(value, dialect === "v0" ? "v0" : "v1", folder)) : [];
}

/** OPA's notes are not unique. */
function numbered(cases: readonly TestCase[]): readonly TestCase[] {
  const seen = new Map<string, number>();
  return cases.map((testCase) => {
    const count = (seen.get(testCase.id) ?? 0) + 1;
    seen.set(testCase.id, count);
    return count === 1 ? testCase : { ...testCase, id: `${testCase.id} (${count})` };
  });
}

function toCase(value: RegoValue, dialect: Dialect, folder: string): TestCase {
  const source = Source.parse(JSON.parse(JSON.stringify(value)));
  const { note, query, modules = [], input_term: term } = source;
  return {
    id: `${dialect} ${note}`,
    dialect,
    folder,
    query,
    modules,
    data: textAt(value, "data") ?? "{}",
    input: term ?? textAt(value, "input"),
    want: expectation(source, textAt(value, "want_result")),
  };
}

function expectation(source: Source, rows: string | undefined): Expectation {
  if (rows === undefined) {
    return source.strict_error === true
      ? { kind: "undefined" }
      : { kind: "error", code: source.want_error_code ?? "" };
  }
  const variables = [...new Set((source.want_result ?? []).flatMap((row) => Object.keys(row)))];
  return { kind: "result", rows, variables, isSorted: source.sort_bindings ?? false };
}

/** JSON text, since nothing but JSON is in there; `null` is the same as nothing, as in Go. */
function textAt(value: RegoValue, key: string): string | undefined {
  const found = member(value, key);
  return found === undefined || found === null ? undefined : valueToRego(found);
}

function member(value: RegoValue | undefined, key: string): RegoValue | undefined {
  return value instanceof RegoObject ? value.get(key) : undefined;
}

function isArray(value: RegoValue | undefined): value is readonly RegoValue[] {
  return Array.isArray(value);
}
