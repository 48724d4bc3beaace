import { formatValue } from "./format.ts";
import { quote } from "./builtins/go-fmt/quote.ts";
import { RegoSet, type RegoValue } from "./value.ts";

/** What calls of `print` are compiled to, if `opa build` is told to keep them. */
export const PRINT_BUILTIN = "internal.print";

/** So many characters of output are kept of one evaluation. */
export const MAX_PRINTED_CHARACTERS = 16_384;

/** The lines that one evaluation prints, without end of line. */
export class PrintedLines {
  readonly #lines: string[] = [];
  readonly #limit: number;
  #left: number;
  #isCut = false;

  constructor(limit = MAX_PRINTED_CHARACTERS) {
    this.#limit = limit;
    this.#left = limit;
  }

  get lines(): readonly string[] {
    return this.#isCut ? [...this.#lines, `… (more than ${this.#limit} characters)`] : this.#lines;
  }

  /**
   * v1/topdown/print.go: each operand comes as the set of its values, empty if it is undefined; every combination is a
   * line.
   */
  print(operands: readonly RegoValue[]): void {
    this.#combine(operands.map(textsOf), []);
  }

  #combine(operands: readonly (readonly string[])[], chosen: readonly string[]): void {
    const [first, ...rest] = operands;
    if (first === undefined) this.#add(chosen.join(" "));
    else for (const text of first) if (!this.#isCut) this.#combine(rest, [...chosen, text]);
  }

  #add(line: string): void {
    this.#isCut ||= line.length > this.#left;
    if (this.#isCut) return;
    this.#left -= line.length + 1;
    this.#lines.push(line);
  }
}

function textsOf(operand: RegoValue): readonly string[] {
  if (!(operand instanceof RegoSet)) return [textOf(operand)];
  return operand.items.length === 0 ? ["<undefined>"] : operand.items.map(textOf);
}

function textOf(value: RegoValue): string {
  return typeof value === "string" ? value : formatValue(value, quote);
}
