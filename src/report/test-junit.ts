import { printable } from "./printable.ts";
import type { ReportTest, TestReport } from "./test-report.ts";

/**
 * The report as the XML that CI systems read from JUnit: a `testsuite` for each policy, a `testcase` for each test, and
 * a suite for what `--opa` found. Ends with a line feed.
 */
export function testJunit({ summary, results, differences = [] }: TestReport): string {
  const suites = Map.groupBy(results, suiteOf);
  const attributes = {
    name: "portcullis test",
    tests: summary.tests + differences.length,
    failures: summary.failed + differences.length,
    errors: summary.errors,
    skipped: summary.skipped,
    time: summary.seconds.toFixed(3),
  };
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributesOf(attributes)}>`,
    ...[...suites].flatMap(([name, tests]) => suite(name, tests)),
    ...differenceSuite(differences),
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

/** `pod-security/privileged` of `pod-security/privileged: test_x` and of `pod-security/privileged/bad/pod.yaml`. */
function suiteOf({ name }: ReportTest): string {
  const [path = ""] = name.split(": ", 1);
  return path.split("/", 2).join("/");
}

function suite(name: string, tests: readonly ReportTest[]): readonly string[] {
  const count = (outcome: ReportTest["outcome"]): number =>
    tests.filter((test) => test.outcome === outcome).length;
  const attributes = {
    name,
    tests: tests.length,
    failures: count("failed"),
    errors: count("error"),
    skipped: count("skipped"),
    time: tests.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  };
  return [
    `  <testsuite${attributesOf(attributes)}>`,
    ...tests.flatMap((test) => testCase(name, test)),
    "  </testsuite>",
  ];
}

function testCase(suiteName: string, test: ReportTest): readonly string[] {
  const { name, source, seconds, printed = [] } = test;
  const own = name.startsWith(`${suiteName}: `) ? name.slice(suiteName.length + 2) : name;
  const place = { file: source.file, line: source.line };
  const attributes = { classname: suiteName, name: own, ...place, time: seconds.toFixed(3) };
  const inside = [
    ...outcomeOf(test),
    ...(printed.length === 0 ? [] : [`      <system-out>${text(printed.join("\n"))}</system-out>`]),
  ];
  if (inside.length === 0) return [`    <testcase${attributesOf(attributes)}/>`];
  return [`    <testcase${attributesOf(attributes)}>`, ...inside, "    </testcase>"];
}

function outcomeOf({ failures = [], error, reason, outcome }: ReportTest): readonly string[] {
  if (outcome === "skipped") return [`      <skipped${attributesOf({ message: reason ?? "" })}/>`];
  if (error !== undefined) {
    const { code, message, source, remedy } = error;
    const body = `${source.file}:${source.line}:${source.column}\n${message}\nfix: ${remedy}`;
    return [`      <error${attributesOf({ type: code, message: firstLine(message) })}>${text(body)}</error>`];
  }
  return failures.map(({ message, source, difference, remedy }) => {
    const parts = [`${source.file}:${source.line}:${source.column}`, message];
    if (difference !== undefined) parts.push("--- expected\n+++ actual", difference);
    const body = text([...parts, `fix: ${remedy}`].join("\n"));
    return `      <failure${attributesOf({ message: firstLine(message) })}>${body}</failure>`;
  });
}

function differenceSuite(differences: NonNullable<TestReport["differences"]>): readonly string[] {
  if (differences.length === 0) return [];
  const name = "compared with opa test";
  const count = differences.length;
  const head = attributesOf({ name, tests: count, failures: count, errors: 0, skipped: 0, time: "0.000" });
  const cases = differences.flatMap(({ name: test, source, outcome, opa }) => [
    `    <testcase${attributesOf({ classname: name, name: test, file: source.file, line: source.line, time: "0.000" })}>`,
    `      <failure${attributesOf({ message: `${outcome} here, ${opa} with opa test` })}/>`,
    "    </testcase>",
  ]);
  return [`  <testsuite${head}>`, ...cases, "  </testsuite>"];
}

function firstLine(message: string): string {
  return message.split("\n", 1).join("");
}

function attributesOf(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${text(String(value)).replaceAll("\n", "&#10;")}"`)
    .join("");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 has no way to write most control characters: they are shown as `\u001b`. */
function text(value: string): string {
  const lines = value.split("\n").map((line) => printable(line.replaceAll("\t", "    ")));
  return lines.join("\n").replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
