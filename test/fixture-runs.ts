import { buildFolder, policyFolder, type Files } from "./policy-folder.ts";
import { readBundle } from "../src/build/read-bundle.ts";
import { FIXTURE_READER, yamlFile } from "../src/cli/test/fixture-reader.ts";
import { loadEngine } from "../src/engine/index.ts";
import { findFixtures, fixtureRunner, type FixtureRun } from "../src/policy-test/fixtures/index.ts";
import { CALL } from "./samples.ts";

/** The runs of all fixtures among these files, by their names, and the folder in which the files lie. */
export interface FixtureRuns {
  readonly root: string;
  readonly runs: ReadonlyMap<string, FixtureRun>;
}

/** Builds the policies among some files and judges their fixtures. */
export async function runFixtures(files: Files): Promise<FixtureRuns> {
  return judgeFolder(await policyFolder(files));
}

export async function judgeFolder(root: string): Promise<FixtureRuns> {
  const { file } = await buildFolder(root);
  const { policies, wasm, data } = await readBundle(file);
  const fixtures = await findFixtures(root, policies, FIXTURE_READER);
  const engine = loadEngine({ wasm, data, file });
  const run = fixtureRunner({ policies, engine, call: { ...CALL, print: true }, yaml: yamlFile });
  const runs = new Map(fixtures.map((fixture) => [fixture.name, run(fixture)]));
  engine.close();
  return { root, runs };
}

/** What came out, in a word or with what was wrong: places are `file:line` below the root. */
export function outcomeOf({ root, runs }: FixtureRuns, name: string): string | readonly string[] {
  const run = runs.get(name);
  if (run === undefined) throw new Error(`There is no fixture ${name}, only ${[...runs.keys()].join(", ")}.`);
  const { outcome } = run.result;
  const below = (file: string): string => file.replace(`${root}/`, "");
  switch (outcome.kind) {
    case "passed":
    case "skipped":
      return outcome.kind;
    case "failed":
      return outcome.failures.map(({ at, message }) => `${below(at.file)}:${at.line} ${below(message)}`);
    case "error": {
      const { code, position, message } = outcome.error;
      return `${below(position?.file ?? "")}:${position?.line ?? 0} ${code} ${message.replaceAll(`${root}/`, "")}`;
    }
  }
}
