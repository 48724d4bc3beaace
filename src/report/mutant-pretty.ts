import { ink, type Ink } from "./ink.ts";
import type { MutantCounts, MutantReport, StaleEntry, SurvivingMutant } from "./mutant-report.ts";
import { printable } from "./printable.ts";

/** The report for a person: each survivor with its change and the entry that would list it, then the numbers. */
export function prettyMutants(report: MutantReport, color: boolean): string {
  const paint = ink(color);
  const blocks = [
    ...report.survivors.map((survivor) => block(survivor, report.list, paint)),
    ...report.stale.map((entry) => staleBlock(entry, paint)),
    table(report, paint),
    summary(report, paint),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function block(survivor: SurvivingMutant, list: string, paint: Ink): string {
  const { file, line, column, rule, operator } = survivor;
  return [
    `${paint("bold", printable(`${file}:${line}:${column}`))}: ${paint("red", "survived")}: ${operator} in ${printable(rule)}`,
    ...survivor.diff,
    `  fix: add ${noticing(operator)} that fails with this change, or list it in ${printable(list)} with the reason why nobody can notice it:`,
    ...entryOf(survivor).map((text) => `    ${paint("dim", printable(text))}`),
  ].join("\n");
}

/** No test in Rego sees a match. */
function noticing(operator: string): string {
  return /-(resource|operation)$/.test(operator) ? "a fixture" : "a test";
}

/** As YAML; a string of JSON is one of YAML. */
function entryOf({
  rule,
  operator,
  before,
  after,
  occurrence,
  listedFile,
}: SurvivingMutant): readonly string[] {
  const which = occurrence === 1 ? "" : `, occurrence: ${occurrence}`;
  return [
    `- file: ${listedFile}`,
    `  rule: ${rule}`,
    "  reason: …",
    "  mutants:",
    `    - { operator: ${operator}, before: ${JSON.stringify(before)}, after: ${JSON.stringify(after)}${which} }`,
  ];
}

function staleBlock({ file, line, problem }: StaleEntry, paint: Ink): string {
  return `${paint("bold", printable(`${file}:${line}`))}: ${paint("red", "stale")}: ${printable(problem)}\n  fix: remove the entry, or correct it.`;
}

function table({ policies }: MutantReport, paint: Ink): string {
  const width = Math.max("policy".length, ...policies.map(({ file }) => printable(file).length));
  const head = `${"policy".padEnd(width)}  mutants  killed  invalid  equivalent  survived`;
  const rows = policies.map((policy) => {
    const row = `${printable(policy.file).padEnd(width)}${columns(policy)}`;
    return policy.survived > 0 ? paint("red", row) : row;
  });
  return [paint("dim", head), ...rows].join("\n");
}

function columns({ mutants, killed, invalid, equivalent, survived }: MutantCounts): string {
  const cells = [
    [mutants, 9],
    [killed, 8],
    [invalid, 9],
    [equivalent, 12],
    [survived, 10],
  ] as const;
  return cells.map(([number, width]) => String(number).padStart(width)).join("");
}

function summary({ summary: numbers, stale }: MutantReport, paint: Ink): string {
  const survived = `${numbers.survived} survived`;
  const rate = numbers.seconds > 0 ? Math.round(numbers.mutants / numbers.seconds) : numbers.mutants;
  return [
    `${numbers.mutants} mutants: ${numbers.killed} killed${numbers.endless > 0 ? ` (${numbers.endless} never ended)` : ""}`,
    `${numbers.invalid} invalid`,
    `${numbers.equivalent} equivalent`,
    numbers.survived > 0 ? paint("red", survived) : survived,
    ...(stale.length > 0 ? [paint("red", `${stale.length} stale in the list`)] : []),
  ]
    .join(", ")
    .concat(` · ${paint("dim", `${Math.round(numbers.seconds)} s, ${rate} a second`)}`);
}
