import { compare, sortDistinct } from "../../src/engine/compare.ts";
import type { EvaluationResult } from "../../src/engine/engine.ts";
import { valueToRego } from "../../src/engine/format.ts";
import { parseValue } from "../../src/engine/parse.ts";
import { RegoObject, RegoSet, type RegoValue } from "../../src/engine/value.ts";
import type { Expectation } from "./test-case.ts";

/** What came of a case. `missing` names the builtins without which it cannot be built. */
export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "not built"; readonly missing: readonly string[]; readonly why: string };

const PASSED: Outcome = { kind: "passed" };

/** Messages of OPA's runtime for WebAssembly by the code that OPA itself gives (internal/wasm/sdk/test/e2e). */
const ERROR_TEXTS: Readonly<Record<string, readonly string[]>> = {
  eval_conflict_error: ["var assignment conflict", "object insert conflict"],
};

/** Compares what the engine gave with what OPA's case wants. */
export function outcomeOf(want: Expectation, got: EvaluationResult): Outcome {
  if (want.kind === "error") return ofError(want.code, got);
  if (got.kind === "error") return failed(`expected an answer, got the error: ${got.error.message}`);
  const wanted = want.kind === "result" ? parseValue(want.rows) : [];
  return ofAnswers(want, itemsOf(wanted), itemsOf(got.value));
}

function ofError(code: string, got: EvaluationResult): Outcome {
  if (got.kind === "value") return failed(`expected ${code}, got ${answerText(got.value)}`);
  const texts = ERROR_TEXTS[code] ?? [];
  if (texts.some((text) => got.error.message.includes(text))) return PASSED;
  return failed(`expected ${code}, got the error: ${got.error.message}`);
}

function ofAnswers(want: Expectation, wanted: readonly RegoValue[], got: readonly RegoValue[]): Outcome {
  const isSorted = want.kind === "result" && want.isSorted;
  const rows = (answers: readonly RegoValue[]): RegoSet =>
    setOf(answers.map((answer) => comparable(asJson(answer), isSorted)));
  const [expected, actual] = [rows(wanted), rows(got)];
  if (compare(expected, actual) === 0) return PASSED;
  return failed(`expected ${valueToRego(expected)}, got ${valueToRego(actual)}`);
}

/** As OPA compares (`ast.JSON`): sets as sorted arrays, keys as their JSON text. Numbers keep their digits. */
function asJson(value: RegoValue): RegoValue {
  return parseValue(JSON.stringify(value));
}

/** With the items of each variable in order, if their order says nothing. */
function comparable(answer: RegoValue, isSorted: boolean): RegoValue {
  if (!isSorted || !(answer instanceof RegoObject)) return answer;
  return new RegoObject(
    answer.entries.map(([name, value]) => [name, isArray(value) ? value.toSorted(compare) : value]),
  );
}

function setOf(items: readonly RegoValue[]): RegoSet {
  return new RegoSet(sortDistinct(items, (item) => item));
}

function itemsOf(value: RegoValue | undefined): readonly RegoValue[] {
  if (value instanceof RegoSet) return value.items;
  return isArray(value) ? value : [];
}

function isArray(value: RegoValue | undefined): value is readonly RegoValue[] {
  return Array.isArray(value);
}

function answerText(value: RegoValue | undefined): string {
  return value === undefined ? "no answer" : valueToRego(value);
}

function failed(why: string): Outcome {
  return { kind: "failed", why };
}
