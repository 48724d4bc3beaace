import { InvalidArgumentError, Option, type Command } from "commander";

/** What `portcullis test` was asked for. */
export interface TestOptions {
  /** The folder of the packs, or one below it. */
  readonly folder: string;
  /** A regular expression that the names of tests are searched for; all tests without it. */
  readonly run?: string;
  readonly coverage: boolean;
  readonly opa: boolean;
  readonly update: boolean;
  readonly mutants: boolean;
  readonly watch: boolean;
  /** Seconds that each test has. */
  readonly timeout: number;
  readonly output: "pretty" | "json" | "junit";
}

/** OPA's own. */
const DEFAULT_SECONDS = 5;

export function testOptions(command: Command): Command {
  return command
    .description("Run the tests of policies: rules named test_, and fixtures.")
    .argument("[folder]", "folder of Rego files", "policies")
    .option("--run <pattern>", "only tests whose names match this regular expression", pattern)
    .option("--coverage", "say which rules the tests reach", false)
    .option("--opa", "run the tests in Rego with `opa test`, too, and report every difference", false)
    .option("--update", "write the expected files of fixtures that mutate", false)
    .option("--timeout <seconds>", "how long each test may run", seconds, DEFAULT_SECONDS)
    .option("--watch", "run again whenever a file changes", false)
    .addOption(
      new Option("--mutants", "change the policies in every small way and say which changes no test notices")
        .conflicts(["coverage", "opa", "update", "watch"])
        .default(false),
    )
    .addOption(
      new Option("-o, --output <format>", "format of the report")
        .choices(["pretty", "json", "junit"])
        .default("pretty"),
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 all passed, 1 a test failed or differs, 2 bad input or usage, 3 a test came to no result.",
    );
}

function pattern(text: string): string {
  try {
    return new RegExp(text, "u").source;
  } catch {
    throw new InvalidArgumentError(`"${text}" is no regular expression.`);
  }
}

function seconds(text: string): number {
  if (/^\d{1,4}(\.\d{1,3})?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no number of seconds from 0.001 to 9999.`);
}
