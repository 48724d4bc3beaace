import { loadEngine } from "../../src/engine/load.ts";
import type { LoadedEngine } from "../../src/engine/engine.ts";
import type { Staged } from "./compile-staged.ts";
import { prefixed } from "./prefix.ts";
import type { TestCase } from "./test-case.ts";

/** A case as it is built: its modules and one that asks its query. */
export interface StagedCase extends Staged {
  readonly testCase: TestCase;
  /** The name in front of all that the case has, also of its base documents; undefined if it is built alone, as it is. */
  readonly prefix: string | undefined;
}

const QUERY_PACKAGE = "portcullis_query";

/** Stages a case; with a prefix, which must be a name in Rego, it fits into one build with others. */
export function stageCase(testCase: TestCase, prefix?: string): StagedCase {
  const folder = prefix ?? "alone";
  const place = (rego: string): string => (prefix === undefined ? rego : prefixed(rego, prefix));
  const modules = testCase.modules.map((rego, index) => [`${folder}-${index}.rego`, place(rego)] as const);
  const parts = [QUERY_PACKAGE, folder];
  const query = queryModule(testCase, place(testCase.query), parts.join("."));
  return {
    testCase,
    prefix,
    files: Object.fromEntries([...modules, [`${folder}-query.rego`, query]]),
    entrypoint: [...parts, "answers"].join("/"),
  };
}

/** The answers to a query are a set of objects with a member for each variable. */
function queryModule({ dialect, want, input }: TestCase, query: string, name: string): string {
  const variables = want.kind === "result" ? want.variables : [];
  const members = variables.map((variable) => `${JSON.stringify(variable)}: ${variable}`).join(", ");
  const asked = `asked contains {${members}} if { ${query} }`;
  const answers =
    input === undefined || isJson(input)
      ? "answers := asked"
      : `answers := result if { result := asked with input as ${input} }`;
  const imports = dialect === "v0" ? ["import rego.v1"] : [];
  return [`package ${name}`, ...imports, asked, answers, ""].join("\n");
}

/** The JSON text that the engine gets as input; a Rego term that is none is in the query. */
export function inputText({ input }: TestCase): string {
  return input !== undefined && isJson(input) ? input : "{}";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Loads the module that was compiled from staged cases, with the base documents of all. */
export function loadStaged(wasm: Uint8Array<ArrayBuffer>, staged: readonly StagedCase[]): LoadedEngine {
  const data = staged.map(({ prefix, testCase }) =>
    prefix === undefined ? testCase.data.slice(1, -1) : `${JSON.stringify(prefix)}:${testCase.data}`,
  );
  return loadEngine({ wasm, data: `{${data.filter((member) => member !== "").join(",")}}` });
}
