import { failureMessage } from "./builtin-failure.ts";
import type { BuiltinError, EvaluationNotes } from "./engine.ts";
import { PrintedLines } from "./print.ts";
import type { RegoValue } from "./value.ts";

/** Errors of builtins that are told of one evaluation. */
export const MAX_BUILTIN_ERRORS = 20;

/** What an evaluation tells beside its value while it runs. One for each evaluation that tells anything. */
export class NoteTaker {
  readonly #errors = new Map<string, BuiltinError>();
  readonly #printed: PrintedLines;
  #more = 0;

  /** `printedCharacters` is how much of what is printed is kept. */
  constructor(printedCharacters?: number) {
    this.#printed = new PrintedLines(printedCharacters);
  }

  builtinFailed(builtin: string, operands: readonly RegoValue[]): void {
    const message = failureMessage(builtin, operands);
    // No two builtins have one message.
    const count = this.#errors.get(message)?.count ?? 0;
    if (count === 0 && this.#errors.size >= MAX_BUILTIN_ERRORS) this.#more += 1;
    else this.#errors.set(message, { builtin, message, count: count + 1 });
  }

  print(operands: readonly RegoValue[]): void {
    this.#printed.print(operands);
  }

  notes(): EvaluationNotes {
    return {
      builtinErrors: [...this.#errors.values()],
      moreBuiltinErrors: this.#more,
      printed: this.#printed.lines,
    };
  }
}
