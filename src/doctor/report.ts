import { ink, type Ink } from "../report/ink.ts";
import { printable, printableJson } from "../report/printable.ts";
import { API_VERSION } from "../policy/binding.ts";
import { CHECKS, type CheckName, type Level } from "./checks.ts";
import type { Finding } from "./finding.ts";

/** How a check ended: `ok`, or the worst that it found. */
export type CheckStatus = "ok" | Level;

interface CheckReport {
  readonly name: CheckName;
  /** What it looks at. */
  readonly about: string;
  readonly status: CheckStatus;
  readonly findings: readonly Finding[];
}

/** What was found in one cluster, every check in its order. */
export interface DoctorReport {
  readonly server: string;
  /** `namespace/name:port` of the Service that was looked at. */
  readonly service: string;
  readonly checks: readonly CheckReport[];
}

const WORST_FIRST: readonly Level[] = ["problem", "unknown", "warning"];

export function doctorReport(
  { server, service }: Pick<DoctorReport, "server" | "service">,
  findings: readonly Finding[],
): DoctorReport {
  const checks = CHECKS.map(({ name, about }): CheckReport => {
    const own = findings.filter(({ check }) => check === name);
    const status = WORST_FIRST.find((level) => own.some((each) => each.level === level)) ?? "ok";
    return { name, about, status, findings: own };
  });
  return { server, service, checks };
}

/** How many of each level; checks without any are counted as `ok`. */
export function summaryOf({ checks }: DoctorReport): Readonly<Record<CheckStatus, number>> {
  const all = checks.flatMap(({ findings }) => findings);
  const count = (level: Level): number => all.filter((each) => each.level === level).length;
  return {
    ok: checks.filter(({ status }) => status === "ok").length,
    warning: count("warning"),
    unknown: count("unknown"),
    problem: count("problem"),
  };
}

/** For programs; documented in docs/reference/doctor.md. */
export function doctorJson(report: DoctorReport): string {
  const value = { apiVersion: API_VERSION, kind: "DoctorReport", ...report, summary: summaryOf(report) };
  return `${printableJson(JSON.stringify(value, null, 2))}\n`;
}

const MARKS: Readonly<Record<CheckStatus, readonly [string, Parameters<Ink>[0]]>> = {
  ok: ["✓", "green"],
  warning: ["!", "yellow"],
  unknown: ["?", "magenta"],
  problem: ["✗", "red"],
};

/** For people. */
export function doctorText(report: DoctorReport, color: boolean): string {
  const paint = ink(color);
  const checks = report.checks.map((check) => checkText(check, paint)).join("");
  return `Portcullis ${printable(report.service)} at ${printable(report.server)}\n\n${checks}\n${summaryText(report)}\n`;
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

/** Items that are shown; `--output json` has all. */
const MOST_ITEMS = 10;

function itemLines(items: readonly string[]): readonly string[] {
  const lines = items.slice(0, MOST_ITEMS).map((item) => `      - ${printable(item.slice(0, LONGEST))}`);
  const more = items.length - MOST_ITEMS;
  return more > 0 ? [...lines, `      - and ${more} more, which --output json lists`] : lines;
}

function findingText({ level, id, message, items = [], why, fix, command }: Finding, paint: Ink): string {
  const lines = [
    `  ${mark(level, paint)} ${printable(message.slice(0, LONGEST))} ${paint("dim", `[${id}]`)}`,
    ...itemLines(items),
    `      why: ${why}`,
    `      fix: ${printable(fix)}`,
    ...(command === undefined ? [] : [`      run: ${printable(command)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function summaryText(report: DoctorReport): string {
  const { problem, warning, unknown } = summaryOf(report);
  if (problem + warning + unknown === 0) return "healthy";
  const parts = [
    [problem, problem === 1 ? "problem" : "problems"],
    [warning, warning === 1 ? "warning" : "warnings"],
    [unknown, "not checked"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}
