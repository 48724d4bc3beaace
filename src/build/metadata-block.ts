import type { ParsedFile } from "./syntax.ts";

/** The comment block of METADATA: its lines without `#`, and the line in the file where it begins, from 1. */
export interface MetadataBlock {
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/** `row` is that of the line `# METADATA`. */
export function metadataBlock({ lines }: Pick<ParsedFile, "lines">, row: number): MetadataBlock {
  const block: string[] = [];
  for (const line of lines.slice(row)) {
    const comment = /^\s*#(.*)$/.exec(line);
    if (comment === null) break;
    block.push(comment[1] ?? "");
  }
  return { firstLine: row + 1, lines: block };
}

/** The keys of the outermost mapping, in order. */
export function topLevelKeys({ lines }: MetadataBlock): readonly string[] {
  const outermost = Math.min(...lines.map(indentOf));
  return lines.flatMap((line) => {
    const key = keyOf(line);
    const isListItem = line.trimStart().startsWith("-");
    return key !== undefined && !isListItem && indentOf(line) === outermost ? [key] : [];
  });
}

/**
 * The line, from 1, of a key inside nested mappings; where it stands in a mapping on one line, or is missing, the line
 * of the innermost key that can be found.
 */
export function lineOfKey({ firstLine, lines }: MetadataBlock, path: readonly PropertyKey[]): number {
  let found = -1;
  for (const step of path) {
    const next = lines.findIndex((line, index) => index > found && keyOf(line) === String(step));
    if (next === -1) break;
    found = next;
  }
  return firstLine + (found === -1 ? -1 : found);
}

function indentOf(line: string): number {
  return line.trim() === "" ? Number.POSITIVE_INFINITY : line.length - line.trimStart().length;
}

/** The key at the start of a line of block-style YAML, also of one in a list (`- ref: …`). */
function keyOf(line: string): string | undefined {
  return /^\s*(?:- )?["']?([\w.$-]+)["']?\s*:(?:\s|$)/.exec(line)?.[1];
}
