import type { Ink } from "./ink.ts";
import { printable } from "./printable.ts";
import type { PolicyCoverage, ReportCoverage } from "./test-report.ts";

/** The coverage for a person: a line for each policy, below it the rules that no test reached, then the total. */
export function testCoverage({ policies, rules, reached, percent }: ReportCoverage, ink: Ink): string {
  const width = Math.max(...policies.map(({ policy }) => policy.length), 0);
  return [
    ink("bold", "rules that tests reach"),
    ...policies.flatMap((policy) => lines(policy, width, ink)),
    `  ${share(percent)}  ${"all".padEnd(width)}  ${reached} of ${rules}`,
  ].join("\n");
}

function lines(
  { policy, rules, reached, percent, missed }: PolicyCoverage,
  width: number,
  ink: Ink,
): readonly string[] {
  const line = `${share(percent)}  ${printable(policy).padEnd(width)}  ${reached} of ${rules}`;
  return [
    `  ${missed.length === 0 ? line : ink("yellow", line)}`,
    ...missed.map(({ name, file, line: row }) => `           ${printable(`${file}:${row}  ${name}`)}`),
  ];
}

/** Only what is whole is 100 %. */
function share(percent: number): string {
  return `${percent.toFixed(1).padStart(5)} %`;
}
