import type { PortcullisError } from "../error.ts";

/** Everything that keeps a folder of policies from being built, at once and in the order of the files. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly problems: readonly PortcullisError[];

  constructor(problems: readonly PortcullisError[]) {
    const sorted = [...problems].sort(byPosition);
    super(sorted.map((problem) => problem.message).join("\n"));
    this.problems = sorted;
  }
}

function byPosition(left: PortcullisError, right: PortcullisError): number {
  const [a, b] = [left, right].map(({ position }) => ({ file: "", line: 0, column: 0, ...position }));
  if (a === undefined || b === undefined) return 0;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
