import { ink, type Ink } from "../../report/ink.ts";
import { printable } from "../../report/printable.ts";
import { firstOf } from "./causes.ts";
import type { CheckStatus, DoctorReport } from "./report.ts";

type CheckReport = DoctorReport["checks"][number];
type Found = CheckReport["findings"][number];

const MARKS: Readonly<Record<CheckStatus, readonly [string, Parameters<Ink>[0]]>> = {
  ok: ["✓", "green"],
  warning: ["!", "yellow"],
  unknown: ["?", "magenta"],
  problem: ["✗", "red"],
};

/** For people: what to begin with, every check, and how many findings there are. */
export function doctorText(report: DoctorReport, color: boolean): string {
  const paint = ink(color);
  const checks = report.checks.map((check) => checkText(check, paint)).join("");
  return `${headText(report, paint)}\n${checks}\n${summaryText(report)}\n`;
}

/** For a job that looks every night: the same without the checks that found nothing, and nothing at all if none did. */
export function doctorShortText(report: DoctorReport, color: boolean): string {
  const paint = ink(color);
  const checks = report.checks.filter(({ status }) => status !== "ok");
  if (checks.length === 0) return "";
  return `${headText(report, paint)}\n${checks.map((check) => checkText(check, paint)).join("")}\n${summaryText(report)}\n`;
}

function headText(report: DoctorReport, paint: Ink): string {
  const place = `Portcullis ${printable(report.service)} at ${printable(report.server)}`;
  const first = firstOf(report.checks.flatMap(({ findings }) => findings));
  const verdict =
    first === undefined
      ? `${mark("ok", paint)} healthy`
      : `Begin with ${headline(first, paint, LONGEST_HEAD)}`;
  return `${place}\n${verdict}\n`;
}

function headline({ level, message, id }: Found, paint: Ink, longest = LONGEST): string {
  const shown = message.length <= longest ? message : `${message.slice(0, longest)}…`;
  return `${mark(level, paint)} ${printable(shown)} ${paint("dim", `[${id}]`)}`;
}

function checkText({ name, about, status, findings }: CheckReport, paint: Ink): string {
  // What should hold would read as if it did.
  const holds = status === "ok" ? `: ${about}` : "";
  return `${mark(status, paint)} ${paint("bold", name)}${holds}\n${findings.map((each) => findingText(each, paint)).join("")}`;
}

function mark(status: CheckStatus, paint: Ink): string {
  const [sign, color] = MARKS[status];
  return paint(color, sign);
}

/** Characters of a message that are shown: an API server quotes what anybody may have written. */
const LONGEST = 2_000;
/** The same of the line at the top; all of it is below. */
const LONGEST_HEAD = 240;

/** Items that are shown; `--output json` has all. */
const MOST_ITEMS = 10;

function itemLines(items: readonly string[]): readonly string[] {
  const lines = items.slice(0, MOST_ITEMS).map((item) => `      - ${printable(item.slice(0, LONGEST))}`);
  const more = items.length - MOST_ITEMS;
  return more > 0 ? [...lines, `      - and ${more} more, which --output json lists`] : lines;
}

/** What helps until the cause is mended; of everything else that follows the remedy is that of its cause. */
const RELIEF: ReadonlySet<string> = new Set(["fail-without-server"]);

function findingText(found: Found, paint: Ink): string {
  const { id, items = [], why, fix, command, follows } = found;
  const remedy = [
    `      fix: ${printable(fix)}`,
    ...(command === undefined ? [] : [`      run: ${printable(command)}`]),
  ];
  const lines = [
    `  ${headline(found, paint)}`,
    ...itemLines(items),
    follows === undefined ? `      why: ${why}` : `      follows from: ${follows}`,
    ...(follows === undefined || RELIEF.has(id) ? remedy : []),
  ];
  return `${lines.join("\n")}\n`;
}

function summaryText({ summary }: DoctorReport): string {
  const { problem, warning, unknown, following } = summary;
  if (problem + warning + unknown === 0) return "healthy";
  const parts = [
    [problem, problem === 1 ? "problem" : "problems"],
    [warning, warning === 1 ? "warning" : "warnings"],
    [unknown, "not checked"],
  ] as const;
  const all = parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
  return following === 0
    ? all
    : `${all}; ${following} of these ${following === 1 ? "follows" : "follow"} from others`;
}
