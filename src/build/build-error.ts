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
  const [a, b] = [left.position, right.position];
  const files = [a?.file ?? "", b?.file ?? ""] as const;
  if (files[0] !== files[1]) return files[0] < files[1] ? -1 : 1;
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}
