import { codeFrame } from "./code-frame.ts";
import { ink, type Ink } from "./ink.ts";
import { printable } from "./printable.ts";
import { testCoverage } from "./test-coverage.ts";
import type {
  ReportDifference,
  ReportFailure,
  ReportTest,
  ReportTestError,
  TestPlace,
  TestReport,
} from "./test-report.ts";

export interface TestPrettyOptions {
  /** The text of the files that failures are in, for code frames; a file that is missing here is shown without one. */
  readonly sources: ReadonlyMap<string, string>;
  readonly color: boolean;
}

interface Context {
  readonly ink: Ink;
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * The report for a person at a terminal or in a CI log: a block for each test that did not pass, then what `--opa` and
 * `--coverage` found, then one line of numbers. Tests that passed are only counted.
 */
export function testPretty(report: TestReport, { sources, color }: TestPrettyOptions): string {
  const context = { ink: ink(color), sources };
  const { results, differences = [], coverage, updated = [] } = report;
  const blocks = [
    ...results
      .filter(({ outcome }) => outcome === "failed" || outcome === "error")
      .map((test) => block(test, context)),
    ...differenceLines(differences, context.ink),
    ...(updated.length === 0 ? [] : [updated.map((file) => `written: ${printable(file)}`).join("\n")]),
    ...(coverage === undefined ? [] : [testCoverage(coverage, context.ink)]),
    summaryLine(report, context.ink),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function block(test: ReportTest, context: Context): string {
  const { failures = [], error, printed = [] } = test;
  const head =
    error === undefined ? context.ink("red", "✗ failed") : context.ink("magenta", `? error ${error.code}`);
  const parts = [
    ...failures.map((each) => failure(each, context)),
    ...(error === undefined ? [] : [testError(error, context)]),
    ...(printed.length === 0 ? [] : [printed.map((line) => `print: ${printable(line)}`).join("\n")]),
  ];
  return [`${head} ${context.ink("bold", printable(test.name))}`, ...parts.map(indent)].join("\n\n");
}

function failure({ message, source, difference, remedy }: ReportFailure, context: Context): string {
  return [
    ...located(source, context),
    ...escaped(message),
    ...(difference === undefined ? [] : differenceOf(difference, context.ink)),
    `${context.ink("green", "fix:")} ${printable(remedy)}`,
  ].join("\n");
}

function testError({ message, source, remedy }: ReportTestError, context: Context): string {
  const fix = `${context.ink("green", "fix:")} ${printable(remedy)}`;
  return [...located(source, context), ...escaped(message), fix].join("\n");
}

function located(at: TestPlace, { ink: paint, sources }: Context): readonly string[] {
  const lines = sources.get(at.file)?.split("\n") ?? [];
  const place = paint("bold", printable(`${at.file}:${at.line}:${at.column}`));
  return [place, ...codeFrame(lines, at, paint).map(indent)];
}

function differenceOf(difference: string, paint: Ink): readonly string[] {
  const lines = difference.split("\n").map((line) => {
    if (line.startsWith("-")) return paint("red", printable(line));
    return line.startsWith("+") ? paint("green", printable(line)) : printable(line);
  });
  const hasHead = difference.startsWith("---");
  const head = hasHead ? [] : [paint("red", "- expected"), paint("green", "+ actual")];
  return [...head, ...lines].map(indent);
}

function differenceLines(differences: readonly ReportDifference[], paint: Ink): readonly string[] {
  const lines = differences.map(({ name, source, outcome, opa }) => {
    const where = paint("dim", printable(`${source.file}:${source.line}`));
    return `${paint("magenta", "≠ differs")} ${printable(name)}: ${outcome} here, ${opa} with opa test  ${where}`;
  });
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function summaryLine({ summary, differences }: TestReport, paint: Ink): string {
  const { tests, passed, failed, errors, skipped, seconds } = summary;
  const count = (color: "red" | "yellow" | "magenta", number: number, text: string): string =>
    number === 0 ? text : paint(color, text);
  const parts = [
    `${passed} passed`,
    count("red", failed, `${failed} failed`),
    count("magenta", errors, `${errors} ${errors === 1 ? "error" : "errors"}`),
    ...(skipped === 0 ? [] : [paint("yellow", `${skipped} skipped`)]),
    ...(differences === undefined ? [] : [compared(differences.length, paint)]),
  ];
  return `${tests} ${tests === 1 ? "test" : "tests"}: ${parts.join(", ")} · ${paint("dim", `${seconds.toFixed(2)} s`)}`;
}

function compared(differences: number, paint: Ink): string {
  if (differences === 0) return "the same with opa test";
  return paint("magenta", `${differences} ${differences === 1 ? "differs" : "differ"} from opa test`);
}

function escaped(message: string): readonly string[] {
  return message.split("\n").map((line) => printable(line));
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
