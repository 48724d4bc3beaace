import { availableParallelism } from "node:os";
import { obtainOpa } from "../../build/opa/obtain.ts";
import { PortcullisError } from "../../error.ts";
import { type Equivalent, keyOf, readEquivalents } from "../../policy-test/mutants/equivalents.ts";
import type { Mutant } from "../../policy-test/mutants/mutant.ts";
import { reportMutants } from "../../policy-test/mutants/report-mutants.ts";
import {
  type MutantOptions,
  type MutantResults,
  runMutants,
  type TriedMutant,
} from "../../policy-test/mutants/run-mutants.ts";
import { ink } from "../../report/ink.ts";
import { prettyMutants } from "../../report/mutant-pretty.ts";
import { printableJson } from "../../report/printable.ts";
import { fixtureTrial, type FixtureTrialMeans } from "./mutant-fixtures.ts";
import { progressOn } from "../progress.ts";
import type { Environment, ProcessSurroundings } from "../surroundings.ts";

export interface MutantsOptions {
  /** The folder of the packs. */
  readonly policies: string;
  /** A regular expression for `<file>: <rule>: <operator>`, e.g. `^images/tag`; all mutants without it. */
  readonly run?: string;
  readonly output: "pretty" | "json";
}

/** Without a terminal a line is written after so many mutants: some a minute. */
const TOLD_EVERY = 200;

/**
 * Changes the policies in every small way, runs the tests against each change and says which nobody notices.
 * The exit code is 1 if a mutant survives that is not listed as equivalent, or if the list is stale, else 0.
 */
export async function mutantsCommand(
  { policies, run, output }: MutantsOptions,
  environment: Environment,
  { stdout, stderr }: Pick<ProcessSurroundings, "stdout" | "stderr">,
): Promise<number> {
  const start = performance.now();
  const progress = progressOn(stderr, Date.now);
  const pattern = patternOf(run);
  const equivalents = await readEquivalents(policies);
  const { variables, cacheFolder, machine } = environment;
  const opa = await obtainOpa({ environment: variables, cacheFolder, machine, progress: progress.say });
  const results = await tryAll({ policies, pattern, equivalents, cacheFolder, opa }, (done, of) => {
    if (stderr.isTTY === true) progress.step(stateOf(done, of));
    else if (done.length % TOLD_EVERY === 0) progress.say(stateOf(done, of));
  });
  progress.clear();
  const color = output === "pretty" && stdout.isTTY === true && !environment.noColor;
  const seconds = (performance.now() - start) / 1000;
  const report = reportMutants(results, equivalents, { root: policies, seconds, ink: ink(color) });
  stdout.write(
    output === "json" ? `${printableJson(JSON.stringify(report, null, 2))}\n` : prettyMutants(report, color),
  );
  return report.survivors.length + report.stale.length > 0 ? 1 : 0;
}

interface Trials extends Omit<FixtureTrialMeans, "root"> {
  readonly policies: string;
  readonly pattern: RegExp;
  readonly equivalents: readonly Equivalent[];
}

async function tryAll(
  { policies: root, pattern, equivalents, cacheFolder, opa }: Trials,
  onTried: MutantOptions["onTried"],
): Promise<MutantResults> {
  const listed = new Set(equivalents.map(keyOf));
  const fixtures = fixtureTrial({ root, cacheFolder, opa });
  try {
    return await runMutants({
      root,
      opa,
      parallel: availableParallelism(),
      isWanted: (mutant) => pattern.test(nameOf(mutant)),
      isListed: (mutant) => listed.has(keyOf(mutant)),
      tryFixtures: fixtures.tryMutant,
      onTried,
    });
  } finally {
    await fixtures.close();
  }
}

function nameOf({ file, rule, operator }: Mutant): string {
  return `${file}: ${rule}: ${operator}`;
}

function stateOf(tried: readonly TriedMutant[], of: number): string {
  const survived = tried.filter(({ trial }) => trial === "survived").length;
  return `mutants ${tried.length}/${of}, ${survived} unnoticed`;
}

function patternOf(text = ""): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (cause) {
    throw new PortcullisError("USAGE", {
      message: `--run is ${JSON.stringify(text)}, which is no regular expression.`,
      remedy: "Give a regular expression, e.g. `^images/tag`.",
      cause,
    });
  }
}
