import type { Finding } from "./outcome.ts";
import { plainText } from "./plain-text.ts";

/** The API server keeps warnings whole up to 4,096 runes together; above it cuts each to 256 (filters/warning.go). */
const MAX_TOTAL = 4_096;
const MAX_RUNES = 256;
/** What fits a terminal's line beside kubectl's `Warning: `. */
const PREFERRED_RUNES = 120;
/** Room for the last line, which says how many were left out. */
const RESERVE = 64;
/** Lines about what was so before an update: whoever changes a label, or a controller at its work, needs no more to see it. */
const MAX_EXISTING = 5;

/**
 * One line for each finding, without control characters (the API server drops a warning that has any), never above 256
 * runes and together at most 4,096; the last says how many more there are. Existing violations come last, a few of them.
 */
export function warningTexts(findings: readonly Finding[]): readonly string[] {
  const [own, existing] = [false, true].map((isExisting) =>
    findings.filter((finding) => (finding.existing === true) === isExisting),
  );
  const lines = [...linesOf(own), ...fewOf(linesOf(existing))];
  const kept: string[] = [];
  let runes = 0;
  for (const line of lines) {
    const { length } = Array.from(line);
    if (runes + length > MAX_TOTAL - RESERVE) break;
    runes += length;
    kept.push(line);
  }
  const more = lines.length - kept.length;
  return more === 0 ? kept : [...kept, `and ${more} more ${more === 1 ? "warning" : "warnings"}`];
}

function linesOf(findings: readonly Finding[] = []): readonly string[] {
  return [...new Set(findings.map(lineOf))];
}

function lineOf({ policy, message, existing }: Finding): string {
  return oneLine(`${policy}${existing === true ? " (existing violation)" : ""}: ${message}`);
}

function fewOf(lines: readonly string[]): readonly string[] {
  const more = lines.length - MAX_EXISTING;
  if (more <= 1) return lines;
  return [...lines.slice(0, MAX_EXISTING), `and ${more} more existing violations`];
}

/** A long text is cut at a word near 120 runes. */
function oneLine(text: string): string {
  const clean = plainText(text);
  const runes = Array.from(clean);
  if (runes.length <= PREFERRED_RUNES) return clean;
  const space = runes.indexOf(" ", PREFERRED_RUNES);
  const end = Math.min(space === -1 ? runes.length : space, MAX_RUNES - 1);
  return end >= runes.length ? clean : `${runes.slice(0, end).join("")}…`;
}
