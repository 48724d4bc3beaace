import { BuildError } from "../build/build-error.ts";
import { checkPolicies } from "../build/check.ts";
import type { Workspace } from "../build/workspace.ts";
import type { PortcullisError } from "../error.ts";
import type { Probe } from "./explain-probes.ts";
import { indexOf, pathOf, ruleAt, stageTexts, type RegoFile } from "./rego-file.ts";
import type { Rule } from "./rego-tree.ts";
import { blanked, edited } from "./text-edit.ts";

/** A file with probes behind its own text, and the line on which each of them begins. */
interface ProbedText {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly (readonly [line: number, probe: Probe])[];
}

/**
 * Adds probes to staged files of tests and takes away those that OPA does not accept, such as of a side with a free
 * variable, and the tests that it does not accept either. Throws BuildError if something else is wrong.
 */
export async function acceptedProbes(
  workspace: Workspace,
  probes: ReadonlyMap<RegoFile, readonly Probe[]>,
): Promise<readonly Probe[]> {
  const refused = new Set<Probe | Rule>();
  for (;;) {
    const texts = [...probes].map(([file, own]) => probedText(file, own, refused));
    await stageTexts(workspace, new Map(texts.map(({ path, text }) => [path, text])));
    const problems = await checkPolicies(workspace);
    if (problems.length === 0) return texts.flatMap(({ lines }) => lines.map(([, probe]) => probe));
    const blamed = problems.map((problem) => blamedFor(problem, workspace, texts, [...probes.keys()]));
    if (!blamed.some((each) => each !== undefined && !refused.has(each))) throw new BuildError(problems);
    for (const each of blamed) if (each !== undefined) refused.add(each);
  }
}

function blamedFor(
  problem: PortcullisError,
  workspace: Workspace,
  texts: readonly ProbedText[],
  files: readonly RegoFile[],
): Probe | Rule | undefined {
  const { file: named = "", line: wrong = 0 } = problem.position ?? {};
  const text = texts.find(({ path }) => path === pathOf(workspace, named));
  const probe = text?.lines.findLast(([line]) => line <= wrong);
  return probe?.[1] ?? ruleAt(workspace, files, problem)?.rule;
}

function probedText(
  file: RegoFile,
  probes: readonly Probe[],
  refused: ReadonlySet<Probe | Rule>,
): ProbedText {
  const rules = (file.module.rules ?? []).filter((rule) => refused.has(rule));
  let text = edited(
    file.text,
    rules.map(({ location }) => blanked(indexOf(file, location), location.text)),
  );
  const lines: (readonly [number, Probe])[] = [];
  for (const probe of probes.filter((each) => !refused.has(each))) {
    text += "\n";
    lines.push([text.split("\n").length, probe]);
    text += `${probe.text}\n`;
  }
  return { path: file.path, text, lines };
}
