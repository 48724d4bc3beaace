import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Mutant } from "./mutant.ts";
import { runOpa } from "./opa-process.ts";
import { readTests } from "./rego-test.ts";
import { queryOf, verdictOf, type Stage, type Verdict } from "./stage.ts";

/** `invalid` mutants do not compile; those that never end are killed too, `timeout` says by what. */
export type Trial = "killed" | "timeout" | "invalid" | "survived";

export interface Laboratory {
  readonly opa: string;
  /** Where each trial gets a folder of its own. */
  readonly folder: string;
  /** The content of every file by its path, also of `.manifest`. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** `.manifest` and what every stage needs beside Rego. */
  readonly dataFiles: readonly string[];
}

export interface TimedStage extends Stage {
  /** How long its tests may take. */
  readonly milliseconds: number;
}

/** Runs the stages one after the other until a test notices the mutant. */
export async function tryMutant(
  laboratory: Laboratory,
  mutant: Pick<Mutant, "file" | "text">,
  stages: readonly TimedStage[],
): Promise<Trial> {
  for (const stage of stages) {
    const verdict = await runStage(laboratory, stage, mutant);
    if (verdict.kind === "failed") return "killed";
    if (verdict.kind !== "passed") return verdict.kind;
  }
  return "survived";
}

type Certain = Exclude<Verdict, { readonly kind: "unsure" }>;

/** Runs the tests of a stage on its files, one of which may be another text than it is. */
export async function runStage(
  { opa, folder, contents }: Laboratory,
  stage: TimedStage,
  changed?: Pick<Mutant, "file" | "text">,
): Promise<Certain> {
  const place = await mkdtemp(join(folder, "trial-"));
  try {
    for (const file of stage.files) {
      const content = file === changed?.file ? changed.text : contents.get(file);
      if (content === undefined) continue;
      await mkdir(dirname(join(place, file)), { recursive: true });
      await writeFile(join(place, file), content);
    }
    const process = { program: opa, folder: place, milliseconds: stage.milliseconds };
    const query = ["eval", "--bundle", ".", "--format", "json", queryOf(stage)];
    const verdict = verdictOf(stage, await runOpa(process, query));
    if (verdict.kind !== "unsure") return verdict;
    // A case that did not begin is no failure, and only `opa test` knows which began.
    const pattern = `^(${verdict.refs.map(patternOf).join("|")})$`;
    const test = ["test", "--bundle", ".", "--format", "json", "--timeout", "600s", "--run", pattern];
    const run = await runOpa(process, test);
    if (run.kind === "timeout") return { kind: "timeout" };
    return { kind: readTests(run, () => new Set()).some(({ failed }) => failed) ? "failed" : "passed" };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** OPA calls a second test of one name `data.p["test_x#01"]`. */
function patternOf(ref: string): string {
  const name = ref.lastIndexOf(".");
  return `${escaped(ref.slice(0, name))}(\\.|\\[")${escaped(ref.slice(name + 1))}((#\\d+)"\\])?`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
