import type { Rule } from "./rego-tree.ts";
import {
  entrypointOf,
  expressionsBeforeCase,
  functionName,
  isSkipped,
  testName,
  type RegoTest,
  type TestName,
} from "./rego-test.ts";
import { indexOf, type RegoFile } from "./rego-file.ts";
import { probeRule, textsOfBody, textsOf } from "./probe.ts";
import { blanked, edited, type TextEdit } from "./text-edit.ts";

/** A rule of a file that is a test. */
interface PlannedTest {
  readonly test: RegoTest;
  readonly file: RegoFile;
  readonly rule: Rule;
  readonly name: TestName;
}

export interface TestPlan {
  readonly tests: readonly PlannedTest[];
  /** The files that are compiled in the place of the user's: by path, with every line where it was. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What a package calls a test when another one has taken its name. */
const AGAIN = "_portcullis_";
const CASES = "portcullis_cases_";

/**
 * Finds the tests and says what has to be compiled for them: tests of one name are told apart, and a table gets a rule
 * that gives its cases. Rules in `dropped` are left out.
 */
export function planTests(files: readonly RegoFile[], dropped: ReadonlySet<Rule>): TestPlan {
  const tests: PlannedTest[] = [];
  const texts = new Map<string, string>();
  const taken = new Map<string, number>();
  for (const file of files) {
    const edits: TextEdit[] = [];
    const probes: string[] = [];
    for (const rule of file.module.rules ?? []) {
      if (dropped.has(rule)) edits.push(blanked(indexOf(file, rule.location), rule.location.text));
      const name = testName(rule);
      if (name === undefined || dropped.has(rule)) continue;
      const again = timesTaken(taken, file, rule, name);
      if (again > 0) edits.push(...renaming(file, name, again));
      const cases = `${CASES}${tests.length}`;
      if (name.keys.length > 0) probes.push(casesRule(cases, rule, name));
      tests.push({ test: testOf(file, rule, name, { again, cases }), file, rule, name });
    }
    if (edits.length + probes.length > 0) {
      texts.set(file.path, [edited(file.text, edits), ...probes, ""].join("\n"));
    }
  }
  return { tests, texts };
}

/** A rule that was dropped because it could not be compiled, as the test that it would have been. */
export function droppedTest(file: RegoFile, rule: Rule): RegoTest | undefined {
  const name = testName(rule);
  return name === undefined ? undefined : testOf(file, rule, { ...name, keys: [] }, { again: 0, cases: "" });
}

/** The functions that have the name of a test, as the tests that they would have been. */
export function functionTests(files: readonly RegoFile[]): readonly RegoTest[] {
  return files.flatMap((file) =>
    (file.module.rules ?? []).flatMap((rule) => {
      const name = functionName(rule);
      if (name === undefined || isSkipped(name)) return [];
      return [testOf(file, rule, { ...name, keys: [] }, { again: 0, cases: "" })];
    }),
  );
}

function testOf(
  file: RegoFile,
  rule: Rule,
  name: TestName,
  { again, cases }: { readonly again: number; readonly cases: string },
): RegoTest {
  const names = rule.head.ref.slice(0, name.index).map(({ value }) => String(value));
  const own = again === 0 ? name.text : `${name.text}#${String(again).padStart(2, "0")}`;
  return {
    name: `${file.path.replace(/(_test)?\.rego$/, "")}: ${[...names, own].join(".")}`,
    file: file.path,
    line: rule.location.row,
    column: rule.location.col,
    entrypoint: entrypointOf(file, [...names, nameAgain(name.text, again)]),
    isSkipped: isSkipped(name),
    ...(name.keys.length === 0 ? {} : { cases: entrypointOf(file, [cases]) }),
  };
}

/** Counts the tests of one name in a package: OPA numbers them. */
function timesTaken(taken: Map<string, number>, file: RegoFile, rule: Rule, name: TestName): number {
  if (isSkipped(name)) return 0;
  const names = rule.head.ref.slice(0, name.index + 1).map(({ value }) => String(value));
  const key = entrypointOf(file, names);
  const times = taken.get(key) ?? 0;
  taken.set(key, times + 1);
  return times;
}

function nameAgain(name: string, again: number): string {
  return again === 0 ? name : `${name}${AGAIN}${again}`;
}

function renaming(file: RegoFile, { text, term }: TestName, again: number): readonly TextEdit[] {
  const { location } = term;
  if (location === undefined) return [];
  const written = location.text.replace(text, nameAgain(text, again));
  return [{ index: indexOf(file, location), remove: location.text.length, insert: written }];
}

function casesRule(name: string, rule: Rule, { keys }: TestName): string {
  const before = rule.body.slice(0, expressionsBeforeCase(rule, keys));
  return probeRule(name, textsOf(keys), textsOfBody(before));
}
