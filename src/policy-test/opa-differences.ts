import { join } from "node:path";
import type { OpaResult } from "./opa-results.ts";
import type { RegoResult } from "./run-tests.ts";
import type { TestOutcome, TestPosition } from "./test-result.ts";

/** A test that came to something else in OPA; `absent` where there is no such test, or case. */
export interface TestDifference {
  readonly name: string;
  readonly position: TestPosition;
  readonly here: TestOutcome["kind"] | "absent";
  readonly opa: TestOutcome["kind"] | "absent";
}

/** Every difference between the results of this engine and OPA's, among the tests that are wanted. */
export function differencesFrom(
  opa: readonly OpaResult[],
  here: readonly RegoResult[],
  root: string,
): readonly TestDifference[] {
  const wanted = new Map(here.map(({ test }) => [placeOf(test), test]));
  const own = new Map(here.map((result) => [`${placeOf(result.test)}${caseOf(result)}`, result]));
  const theirs = new Map(opa.map((result) => [`${placeOf(result)}${result.caseName}`, result]));
  const unequal = [...own].flatMap(([key, result]): readonly TestDifference[] => {
    const { name, position, outcome } = result;
    const other = theirs.get(key)?.kind ?? "absent";
    return other === outcome.kind ? [] : [{ name, position, here: outcome.kind, opa: other }];
  });
  const missing = [...theirs].flatMap(([key, other]): readonly TestDifference[] => {
    const { file, line, caseName, kind } = other;
    const test = wanted.get(placeOf(other));
    if (own.has(key) || test === undefined) return [];
    const position = { file: join(root, file), line, column: 1 };
    return [{ name: `${test.name}${caseName}`, position, here: "absent", opa: kind }];
  });
  return [...unequal, ...missing];
}

function placeOf({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line} `;
}

function caseOf({ name, test }: RegoResult): string {
  return name.slice(test.name.length);
}
