import { z } from "zod";
import { BuildError } from "../build/build-error.ts";
import type { SourceFile } from "../build/collect.ts";
import { opaErrors, opaFailed } from "../build/opa-errors.ts";
import { withWorkspace, writeManifest, type Workspace } from "../build/workspace.ts";
import type { PortcullisError } from "../error.ts";
import { isTestFile, parseRego, ruleAt, stageTexts, indexOf, type RegoFile } from "./rego-file.ts";
import type { Rule } from "./rego-tree.ts";
import { testName } from "./rego-test.ts";
import type { TestOutcome } from "./test-result.ts";
import { blanked, edited } from "./text-edit.ts";

type Kind = TestOutcome["kind"];

/** What OPA says of a test, or of a case of a table. */
export interface OpaResult {
  /** Relative to the policy root. */
  readonly file: string;
  readonly line: number;
  /** `[no labels]` of a case; empty of a rule. */
  readonly caseName: string;
  readonly kind: Kind;
}

const SubResult = z.object({
  fail: z.boolean().optional(),
  get sub_results() {
    return z.record(z.string(), SubResult).optional();
  },
});
type SubResult = z.infer<typeof SubResult>;

/** v1/tester/runner.go, Result */
const Result = SubResult.extend({
  location: z.object({ file: z.string(), row: z.number() }),
  error: z.unknown().optional(),
  skip: z.boolean().optional(),
});

interface OpaOptions {
  readonly root: string;
  readonly sources: readonly SourceFile[];
  /** The path of the pinned OPA. */
  readonly opa: string;
  /** Milliseconds that each test has. */
  readonly timeLimit: number;
  readonly parallel: number;
}

/**
 * What `opa test` says of the same files. A test that OPA does not accept is an error there, too. Throws BuildError for
 * what is wrong outside of the tests, OPA_FAILED.
 */
export async function opaResults(options: OpaOptions): Promise<readonly OpaResult[]> {
  const { root, sources, opa, parallel, timeLimit } = options;
  return withWorkspace(opa, root, sources, async (workspace) => {
    const files = await parseRego(workspace, sources, parallel);
    await writeManifest(workspace, files);
    const refused = await withoutRefused(workspace, files);
    const flags = ["--bundle", "--format", "json", "--timeout", `${timeLimit}ms`];
    const ended = await workspace.opa(["test", ...flags, "."]);
    const results = z.array(Result).safeParse(parsed(ended.stdout));
    if (!results.success) throw opaFailed(ended);
    return [...refused, ...results.data.flatMap(opaResult)];
  });
}

function parsed(text: string): unknown {
  try {
    // Without any test it prints nothing.
    return text.trim() === "" ? [] : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Takes the rules out of the staged tests that OPA does not accept; gives those that were tests. */
async function withoutRefused(
  workspace: Workspace,
  files: readonly RegoFile[],
): Promise<readonly OpaResult[]> {
  const tests = files.filter(isTestFile);
  const dropped = new Set<Rule>();
  const refused: OpaResult[] = [];
  for (;;) {
    const problems = await problemsOf(workspace);
    if (problems.length === 0) return refused;
    const places = problems.map((problem) => ruleAt(workspace, tests, problem));
    for (const place of places) {
      if (place === undefined) throw new BuildError(problems);
      const { file, rule } = place;
      const isTest = !dropped.has(rule) && testName(rule) !== undefined;
      if (isTest) refused.push({ file: file.path, line: rule.location.row, caseName: "", kind: "error" });
      dropped.add(rule);
    }
    await stageTexts(workspace, new Map(tests.map((file) => [file.path, withoutRules(file, dropped)])));
  }
}

function withoutRules(file: RegoFile, dropped: ReadonlySet<Rule>): string {
  const rules = (file.module.rules ?? []).filter((rule) => dropped.has(rule));
  return edited(
    file.text,
    rules.map(({ location }) => blanked(indexOf(file, location), location.text)),
  );
}

async function problemsOf(workspace: Workspace): Promise<readonly PortcullisError[]> {
  const ended = await workspace.opa(["check", "--bundle", "--format", "json", "--max-errors", "1000", "."]);
  if (ended.code === 0) return [];
  return opaErrors(ended, workspace.root, (message) => ({
    code: "REGO_INVALID",
    message: `OPA does not accept this: ${message}.`,
    remedy: "Correct the rule; `opa check` on the same file says the same.",
  }));
}

function opaResult({ location, error, skip, ...whole }: z.infer<typeof Result>): readonly OpaResult[] {
  const base = { file: location.file.replace(/^\.?\//, ""), line: location.row, caseName: "" };
  if (error !== undefined) return [{ ...base, kind: "error" }];
  if (skip === true) return [{ ...base, kind: "skipped" }];
  return leaves(whole, "").map(({ caseName, kind }) => ({ ...base, caseName, kind }));
}

function leaves(result: SubResult, caseName: string): readonly Pick<OpaResult, "caseName" | "kind">[] {
  const cases = Object.entries(result.sub_results ?? {});
  if (cases.length === 0) return [{ caseName, kind: result.fail === true ? "failed" : "passed" }];
  return cases.flatMap(([name, sub]) => leaves(sub, `${caseName}[${name}]`));
}
