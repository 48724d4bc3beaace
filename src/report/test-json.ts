import { printableJson } from "./printable.ts";
import type { TestReport } from "./test-report.ts";

/** The report as JSON, indented by two spaces; ends with a line feed. */
export function testJson(report: TestReport): string {
  return `${printableJson(JSON.stringify(report, null, 2))}\n`;
}
