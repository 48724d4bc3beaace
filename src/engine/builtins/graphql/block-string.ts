/**
 * The text of a block string (lexer/blockstring.go): without the indentation that its lines share, and without blank
 * lines at both ends. Other than in the specification the first line counts for what they share.
 */
export function blockStringValue(raw: string): string {
  const lines = raw.split("\n");
  const indents = lines.map(indentOf);
  const shared = indents.reduce<number>((least, indent) => Math.min(least, indent ?? least), Infinity);
  const cut =
    shared === Infinity ? lines : lines.map((line, index) => (index === 0 ? line : line.slice(shared)));
  const isBlank = cut.map((line) => indentOf(line) === undefined);
  const start = isBlank.indexOf(false);
  return start === -1 ? "" : cut.slice(start, isBlank.lastIndexOf(false) + 1).join("\n");
}

/** How many spaces and tabs a line begins with; undefined for a blank one. */
function indentOf(line: string): number | undefined {
  const indent = line.search(/[^ \t]/);
  return indent === -1 ? undefined : indent;
}
