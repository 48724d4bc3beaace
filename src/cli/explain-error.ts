import { BuildError } from "../build/build-error.ts";
import { printable } from "../report/printable.ts";
import { PortcullisError, type ErrorCode } from "../error.ts";

/** How a command ends when an error stops it: 3 where policies or OPA are at fault, else 2 (DESIGN, exit codes). */
export function exitCodeOf(error: unknown): 2 | 3 {
  if (error instanceof BuildError) return 2;
  return error instanceof PortcullisError && !POLICY_FAULTS.has(error.code) ? 2 : 3;
}

const POLICY_FAULTS: ReadonlySet<ErrorCode> = new Set([
  "EVALUATION_FAILED",
  "EVALUATION_LIMIT",
  "EVALUATION_MEMORY",
  "RESULT_SHAPE",
  "INTERNAL",
]);

/**
 * An error as a person reads it: where, what, what to do, and the code to look up. An error that is no
 * PortcullisError is a fault of ours, and then the stack is what helps.
 */
export function explainError(error: unknown): string {
  if (error instanceof BuildError) return error.problems.map(explainError).join("\n");
  if (!(error instanceof PortcullisError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `error: Portcullis itself failed [INTERNAL]\n${stack}\n  fix: report this with the command that you ran\n`;
  }
  const { position } = error;
  const place =
    position === undefined
      ? ""
      : `${[position.file, position.line, position.column].filter((part) => part !== undefined).join(":")}: `;
  return `${printable(place)}error: ${printable(error.message)} [${error.code}]\n  fix: ${printable(error.remedy)}\n`;
}
