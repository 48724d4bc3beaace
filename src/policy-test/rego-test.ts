import { z } from "zod";
import { variablesIn, type Rule, type Term } from "./rego-tree.ts";
import { packagePath, type RegoFile } from "./rego-file.ts";

/** A rule that is a test, as it lies beside the compiled module; lines and columns count from 1. */
export const RegoTest = z
  .object({
    /** `labels/required: test_x`; the second rule of that name is `test_x#01`, as in OPA. */
    name: z.string(),
    /** Relative to the policy root. */
    file: z.string(),
    line: z.number(),
    column: z.number(),
    entrypoint: z.string(),
    /** The entrypoint that gives the keys of all cases of a table, failing ones too; absent if it is no table. */
    cases: z.string().exactOptional(),
    /** `todo_test_` */
    isSkipped: z.boolean(),
  })
  .readonly();
export type RegoTest = z.infer<typeof RegoTest>;

const PREFIX = "test_";
const SKIPPED = "todo_test_";

/** Where the name of a test stands in the head of its rule, and what follows it. */
export interface TestName {
  readonly text: string;
  readonly index: number;
  readonly term: Term;
  /** The keys of `test_x[note]`; empty if it is no table. */
  readonly keys: readonly Term[];
}

/** Whether a rule is a test. A function is none, whatever its name: nothing can be evaluated without its arguments. */
export function testName(rule: Rule): TestName | undefined {
  return rule.head.args === undefined ? nameOfTest(rule) : undefined;
}

/** The name of a function that is called as a test: an error, in OPA, too. */
export function functionName(rule: Rule): TestName | undefined {
  return rule.head.args === undefined ? undefined : nameOfTest(rule);
}

/** By the names in the head (v1/tester/runner.go, ruleName). */
function nameOfTest({ head }: Rule): TestName | undefined {
  for (const [index, term] of head.ref.entries()) {
    if (typeof term.value !== "string" || term.type !== (index === 0 ? "var" : "string")) return undefined;
    const text = term.value;
    if (!text.startsWith(PREFIX) && !text.startsWith(SKIPPED)) continue;
    return { text, index, term, keys: keysOf(head, index) };
  }
  return undefined;
}

export function isSkipped({ text }: TestName): boolean {
  return text.startsWith(SKIPPED);
}

/** A table is a rule that makes an object; of a head such as `test_x.a` only the value counts (`DocKind` of OPA). */
function keysOf({ ref, key, value }: Rule["head"], index: number): readonly Term[] {
  const tail = ref.slice(index + 1);
  if (tail.some(isVariable)) return tail;
  // v0 writes the key of an object apart from its name, also a constant one.
  return key !== undefined && value !== undefined ? (tail.length > 0 ? tail : [key]) : [];
}

function isVariable({ type }: Term): boolean {
  return type === "var" || type === "ref" || type === "call";
}

/**
 * How many expressions of the body have to hold before a case is known by its keys: as many as bind what the keys
 * mention (v1/tester/runner.go, injectTestCaseFunc).
 */
export function expressionsBeforeCase({ body }: Pick<Rule, "body">, keys: readonly Term[]): number {
  const first = [...new Set(variablesIn(keys))].map((variable) =>
    body.findIndex((expression) => [...variablesIn(expression.terms)].includes(variable)),
  );
  return Math.max(-1, ...first) + 1;
}

/** The entrypoint of a rule whose names are given, below its package. */
export function entrypointOf(file: RegoFile, names: readonly string[]): string {
  return [...packagePath(file), ...names].join("/");
}
