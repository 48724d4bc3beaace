import { z } from "zod";
import type { Run } from "./opa-process.ts";
import type { Cases, RegoTest } from "./rego-test.ts";

/** Some tests that are run together, and the files that they need. */
export interface Stage {
  /** The quick ones first: the first that fails ends the stage. */
  readonly tests: readonly RegoTest[];
  readonly files: readonly string[];
}

/** What the tests say of changed policies; `unsure` if these tests have to be asked one by one. */
export type Verdict =
  | { readonly kind: "passed" | "failed" | "invalid" | "timeout" }
  | { readonly kind: "unsure"; readonly refs: readonly string[] };

/** A query that has a result only if every test is true; tables give their cases. */
export function queryOf({ tests }: Stage): string {
  const asked = tests.map(({ ref, cases }, index) =>
    cases === undefined ? `${ref} == true` : `t${index} = ${ref}`,
  );
  return asked.filter((_, index) => tests[index]?.repeated === false).join("; ") || "true";
}

const Output = z.object({
  errors: z.array(z.object({ code: z.string().optional() })).optional(),
  result: z.array(z.object({ bindings: z.record(z.string(), z.unknown()).optional() })).optional(),
});

/** Reads what `opa eval --format json` says of the query. */
export function verdictOf({ tests }: Stage, run: Run): Verdict {
  if (run.kind === "timeout") return { kind: "timeout" };
  const { success, data } = Output.safeParse(parsed(run.stdout));
  if (!success) return { kind: "failed" };
  const { errors, result } = data;
  if (errors !== undefined) return { kind: errors.some(isOfEvaluation) ? "failed" : "invalid" };
  if (result === undefined) return { kind: "failed" };
  const bindings = result[0]?.bindings ?? {};
  const doubtful = tests.filter(
    ({ cases = {}, repeated }, index) => repeated || !holdsAll(cases, bindings[`t${index}`]),
  );
  if (doubtful.length === 0) return { kind: "passed" };
  if (doubtful.some(({ ownCases, repeated }) => ownCases && !repeated)) return { kind: "failed" };
  return { kind: "unsure", refs: doubtful.map(({ ref }) => ref) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Errors of the parser have no code, those of the compiler others. */
function isOfEvaluation({ code }: { readonly code?: string | undefined }): boolean {
  return code?.startsWith("eval_") === true;
}

/** Whether each case is true. */
function holdsAll(cases: Cases, value: unknown): boolean {
  return Object.entries(cases).every(([name, inner]) => {
    const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    return Object.keys(inner).length === 0 ? found === true : holdsAll(inner, found);
  });
}
