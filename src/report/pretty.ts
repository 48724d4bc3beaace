import { ink, type Ink } from "./ink.ts";
import {
  headline,
  hasSomethingToShow,
  objectName,
  prettyProblem,
  prettyResult,
  type PrettyContext,
} from "./pretty-result.ts";
import { printable } from "./printable.ts";
import type { EvalReport, ReportResult } from "./report.ts";
import type { LineEdit } from "./unified-diff.ts";

export interface PrettyOptions {
  /** The text of each file that was read, for code frames; a file that is missing here is shown without one. */
  readonly sources: ReadonlyMap<string, string>;
  /** What a result's patch does to the lines of its file; a patch that is missing here is shown as its operations. */
  readonly edits: ReadonlyMap<ReportResult, LineEdit>;
  readonly color: boolean;
}

/** With so many blocks a report does not fit a screen. */
const LONG_REPORT = 5;
const NAMED_AT_END = 20;

/** How many objects a note names before it only counts them. */
const NAMED_IN_NOTE = 3;

/**
 * The report for a person at a terminal or in a CI log: one block for each object with something to fix or mutated, then the
 * input that could not be read, then notes, then one line of numbers. Objects without findings or patches are only counted.
 */
export function pretty(report: EvalReport, options: PrettyOptions): string {
  const { sources, edits, color } = options;
  const context = { ink: ink(color), linesOf: lineReader(sources), edits, stage: report.stage };
  const blocks = [
    ...report.results.filter(hasSomethingToShow).map((result) => prettyResult(result, context)),
    ...report.problems.map((problem) => prettyProblem(problem, context)),
    ...notes(report.results, context.ink),
    ...keptOut(report.results, context),
    summary(report, context.ink),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** Splits each file once, however many findings it has. */
function lineReader(sources: ReadonlyMap<string, string>): (file: string) => readonly string[] {
  const split = new Map<string, readonly string[]>();
  return (file) => {
    const known = split.get(file);
    if (known !== undefined) return known;
    const lines = sources.get(file)?.replace(/\n$/, "").split("\n") ?? [];
    split.set(file, lines);
    return lines;
  };
}

/** Equal notes of objects that have no block of their own are told once. */
function notes(results: readonly ReportResult[], paint: Ink): readonly string[] {
  const quiet = results.filter((result) => !hasSomethingToShow(result));
  const noted = quiet.flatMap((result) => result.notes.map((note) => ({ note, result })));
  const groups = Map.groupBy(noted, ({ note }) => note);
  const lines = [...groups].map(([note, members]) => {
    const named = members.slice(0, NAMED_IN_NOTE).map(({ result }) => objectName(result.object));
    const more = members.length > NAMED_IN_NOTE ? ` and ${members.length - NAMED_IN_NOTE} more` : "";
    return `${paint("cyan", "note:")} ${printable(note)} (${named.join(", ")}${more})`;
  });
  return lines.length === 0 ? [] : [lines.join("\n")];
}

/** In a long report those that are kept out stand together once more, where a reader looks first: at the end. */
function keptOut(results: readonly ReportResult[], context: PrettyContext): readonly string[] {
  const shown = results.filter(hasSomethingToShow);
  const out = results.filter(({ decision }) => decision !== "allow");
  if (shown.length < LONG_REPORT || out.length === 0) return [];
  const more = out.length - NAMED_AT_END;
  const lines = out.slice(0, NAMED_AT_END).map((result) => headline(result, context));
  return [[...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n")];
}

function summary({ summary: numbers, bundle, problems, stage }: EvalReport, paint: Ink): string {
  const count = (name: "red" | "yellow" | "magenta", number: number, text: string): string =>
    number === 0 ? text : paint(name, text);
  const notJudged = stage === "mutate" ? [paint("yellow", "not judged (--stage mutate)")] : [];
  const objects = [
    ...notJudged,
    `${numbers.allowed} allowed`,
    count("red", numbers.denied, `${numbers.denied} denied`),
    count("magenta", numbers.errors, plural(numbers.errors, "error")),
  ];
  const findings = [
    count("red", numbers.violations, plural(numbers.violations, "violation")),
    count("yellow", numbers.warnings, plural(numbers.warnings, "warning")),
    ...(numbers.mutated === 0 ? [] : [`${numbers.mutated} mutated`]),
    ...(problems.length === 0
      ? []
      : [paint("magenta", `${plural(problems.length, "problem")} in the input`)]),
  ];
  const revision = `bundle ${printable(shortRevision(bundle.revision))} (${plural(bundle.policies, "policy", "policies")})`;
  return `${plural(numbers.objects, "object")}: ${objects.join(", ")}; ${findings.join(", ")} · ${paint("dim", revision)}`;
}

function plural(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** As many digits as tell bundles apart at a glance; `-o json` has them all. */
function shortRevision(revision: string): string {
  return revision.length > 19 ? `${revision.slice(0, 19)}…` : revision;
}
