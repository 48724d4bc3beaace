import { readFile } from "node:fs/promises";
import { obtainOpa } from "../../build/opa/obtain.ts";
import { PortcullisError } from "../../error.ts";
import { testJson } from "../../report/test-json.ts";
import { testJunit } from "../../report/test-junit.ts";
import { testPretty } from "../../report/test-pretty.ts";
import type { TestReport } from "../../report/test-report.ts";
import { progressOn } from "../progress.ts";
import type { Environment, ProcessSurroundings } from "../surroundings.ts";
import type { TestOptions } from "./options.ts";
import { testExitCode, testReport } from "./report.ts";
import { testOnce } from "./run.ts";
import { watchTests } from "./watch.ts";

/** Runs the tests of policies, prints the report and gives the exit code. */
export async function testCommand(
  options: TestOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  if (options.mutants) return mutants(options, environment, streams);
  const { variables, cacheFolder, machine } = environment;
  const progress = progressOn(streams.stderr, Date.now);
  const { say, step } = progress;
  const opa = once(() => obtainOpa({ environment: variables, cacheFolder, machine, progress: say }));
  const runOnce = async (): Promise<number> => {
    const run = await testOnce(options, { cacheFolder, opa, say, step, now: Date.now });
    progress.clear();
    const report = testReport(run);
    streams.stdout.write(await render(report, options, { environment, streams }));
    return testExitCode(run);
  };
  return options.watch ? watchTests(options.folder, runOnce, streams) : runOnce();
}

async function mutants(
  { folder, run, output }: TestOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  if (output === "junit") {
    throw new PortcullisError("USAGE", {
      message: "There is no report of mutants as junit.",
      remedy: "Give `-o json`, or leave `-o` out.",
    });
  }
  const { mutantsCommand } = await import("./mutants.ts");
  const options = { policies: folder, output, ...(run === undefined ? {} : { run }) };
  return mutantsCommand(options, environment, streams);
}

/** Calls a function when it is first needed, and never again. */
function once<T>(call: () => Promise<T>): () => Promise<T> {
  let called: Promise<T> | undefined;
  return () => (called ??= call());
}

async function render(
  report: TestReport,
  { output }: TestOptions,
  {
    environment,
    streams,
  }: { readonly environment: Environment; readonly streams: Pick<ProcessSurroundings, "stdout"> },
): Promise<string> {
  switch (output) {
    case "json":
      return testJson(report);
    case "junit":
      return testJunit(report);
    case "pretty": {
      const color = streams.stdout.isTTY === true && !environment.noColor;
      return testPretty(report, { sources: await sourcesOf(report), color });
    }
  }
}

/** The files that failures are in; one that cannot be read any more is shown without its lines. */
async function sourcesOf({ results }: TestReport): Promise<ReadonlyMap<string, string>> {
  const places = results.flatMap(({ failures = [], error }) => [
    ...failures,
    ...(error === undefined ? [] : [error]),
  ]);
  const files = [...new Set(places.map(({ source }) => source.file))];
  const read = await Promise.all(
    files.map(async (file) => [file, await readFile(file, "utf8").catch(() => undefined)] as const),
  );
  return new Map(read.flatMap(([file, text]) => (text === undefined ? [] : [[file, text] as const])));
}
