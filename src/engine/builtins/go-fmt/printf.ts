import { type Argument, formatArgument } from "./argument.ts";
import { type Flags, NO_FLAGS } from "./flags.ts";

/** Widths, precisions and argument numbers beyond this are not obeyed (fmt/print.go, tooLarge). */
const LIMIT = 1_000_000;

const FLAG_NAMES: Readonly<Record<string, "minus" | "plus" | "sharp" | "space" | "zero">> = {
  "-": "minus",
  "+": "plus",
  "#": "sharp",
  " ": "space",
  "0": "zero",
};

type MutableFlags = { -readonly [name in keyof Flags]: Flags[name] };

/** Go's `fmt.Sprintf`, of Go 1.26, for the types that OPA passes to it. Never throws for a bad format: it says so in the text. */
export function goSprintf(format: string, args: readonly Argument[]): string {
  return new Printer(format, args).print();
}

/** Holds the position in one format string; ported from fmt/print.go, doPrintf, whose names it keeps. */
class Printer {
  readonly #format: string;
  readonly #args: readonly Argument[];
  #at = 0;
  #argNum = 0;
  #reordered = false;
  #goodArgNum = true;
  #afterIndex = false;

  constructor(format: string, args: readonly Argument[]) {
    this.#format = format;
    this.#args = args;
  }

  print(): string {
    let text = "";
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf("%", this.#at);
      if (percent < 0) return text + this.#format.slice(this.#at) + this.#extra();
      text += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      text += this.#directive();
    }
    return text + this.#extra();
  }

  #directive(): string {
    this.#goodArgNum = true;
    const flags: MutableFlags = { ...NO_FLAGS };
    this.#readFlags(flags);
    this.#argNumber();
    const noise = this.#readWidth(flags) + this.#readPrecision(flags);
    if (!this.#afterIndex) this.#argNumber();
    if (this.#at >= this.#format.length) return `${noise}%!(NOVERB)`;
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#at) ?? 0);
    this.#at += verb.length;
    return noise + this.#verb(verb, flags);
  }

  #verb(verb: string, flags: Flags): string {
    if (verb === "%") return "%";
    if (!this.#goodArgNum) return `%!${verb}(BADINDEX)`;
    const argument = this.#args[this.#argNum];
    if (argument === undefined) return `%!${verb}(MISSING)`;
    this.#argNum += 1;
    if (verb !== "v" && verb !== "w") return formatArgument(argument, verb, flags);
    const valueFlags = { ...flags, sharpV: flags.sharp, sharp: false, plusV: flags.plus, plus: false };
    return formatArgument(argument, verb, valueFlags);
  }

  #readFlags(flags: MutableFlags): void {
    for (;;) {
      const name = FLAG_NAMES[this.#format[this.#at] ?? ""];
      if (name === undefined) return;
      flags[name] = true;
      this.#at += 1;
    }
  }

  /** Sets the width; the text is what Go prints for a bad one. */
  #readWidth(flags: MutableFlags): string {
    if (this.#format[this.#at] !== "*") {
      flags.width = this.#readNumber(this.#format.length);
      if (this.#afterIndex && flags.width !== undefined) this.#goodArgNum = false;
      return "";
    }
    this.#at += 1;
    this.#afterIndex = false;
    const width = this.#intFromArg();
    if (width === undefined) return "%!(BADWIDTH)";
    if (width < 0) {
      flags.minus = true;
      flags.zero = false;
    }
    flags.width = Math.abs(width);
    return "";
  }

  #readPrecision(flags: MutableFlags): string {
    if (this.#at + 1 >= this.#format.length || this.#format[this.#at] !== ".") return "";
    this.#at += 1;
    if (this.#afterIndex) this.#goodArgNum = false;
    this.#argNumber();
    if (this.#format[this.#at] !== "*") {
      flags.precision = this.#readNumber(this.#format.length) ?? 0;
      return "";
    }
    this.#at += 1;
    this.#afterIndex = false;
    const precision = this.#intFromArg();
    if (precision === undefined || precision < 0) return "%!(BADPREC)";
    flags.precision = precision;
    return "";
  }

  /** Reads `[n]`, if it is there, and makes the nth argument the next one. */
  #argNumber(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== "[") return;
    this.#reordered = true;
    const open = this.#at;
    const close = this.#format.indexOf("]", open);
    if (close < 0) {
      this.#at = open + 1;
      this.#goodArgNum = false;
      return;
    }
    this.#at = open + 1;
    const number = this.#readNumber(close);
    const isNumber = number !== undefined && this.#at === close;
    this.#at = close + 1;
    this.#afterIndex = isNumber;
    if (isNumber && number >= 1 && number <= this.#args.length) this.#argNum = number - 1;
    else this.#goodArgNum = false;
  }

  /** Decimal digits up to `end`; undefined without any. A number too large swallows everything up to `end`, as in Go. */
  #readNumber(end: number): number | undefined {
    let number: number | undefined;
    for (; this.#at < end; this.#at += 1) {
      const digit = this.#format.charCodeAt(this.#at) - 0x30;
      if (!(digit >= 0 && digit <= 9)) return number;
      if (number !== undefined && number > LIMIT) {
        this.#at = end;
        return undefined;
      }
      number = (number ?? 0) * 10 + digit;
    }
    return number;
  }

  /** A width or precision given as `*`: the next argument, which is used up whether it fits or not. */
  #intFromArg(): number | undefined {
    const argument = this.#args[this.#argNum];
    if (argument === undefined) return undefined;
    this.#argNum += 1;
    if (argument.type !== "int64" && argument.type !== "int") return undefined;
    const number = Number(argument.value);
    return Math.abs(number) > LIMIT ? undefined : number;
  }

  /** Arguments that no verb used; not looked for once `[n]` was used, as in Go. */
  #extra(): string {
    const rest = this.#args.slice(this.#argNum);
    if (this.#reordered || rest.length === 0) return "";
    const shown = rest.map((argument) => `${argument.type}=${formatArgument(argument, "v", NO_FLAGS)}`);
    return `%!(EXTRA ${shown.join(", ")})`;
  }
}
