import { printableJson } from "./printable.ts";
import type { EvalReport } from "./report.ts";

/** The report as JSON, indented by two spaces, numbers in `details` with their exact digits; ends with a line feed. */
export function json(report: EvalReport): string {
  return `${printableJson(JSON.stringify(report, null, 2))}\n`;
}
