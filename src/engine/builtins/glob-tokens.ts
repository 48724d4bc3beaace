/** Code points from and to, both included. */
type Range = readonly [from: number, to: number];

/** What a part of a glob matches: a character, `.` or a set such as `[a-z]`, once or, with a flag, several times. */
export interface Token {
  readonly ranges: readonly Range[];
  readonly flag: "" | "+" | "*";
}

/** What `.` matches. */
export const ANY: readonly Range[] = [[-1, Infinity]];

/** Undefined if the text is no glob. */
export function readGlob(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const reader = new Reader(Array.from(text));
  while (!reader.isAtEnd()) {
    const token = reader.token();
    if (token === undefined) return undefined;
    const last = tokens.at(-1);
    if (last !== undefined && last.flag !== "" && token.flag !== "" && areSame(last, token)) {
      tokens[tokens.length - 1] = last.flag === "+" ? last : token;
    } else tokens.push(token);
  }
  return tokens;
}

/** `a*a+` is `a+`. Sets count as the same only if they are written alike. */
function areSame(a: Token, b: Token): boolean {
  return String(a.ranges) === String(b.ranges);
}

interface Rune {
  readonly text: string;
  readonly isEscaped: boolean;
}

class Reader {
  readonly #runes: readonly string[];
  #at = 0;

  constructor(runes: readonly string[]) {
    this.#runes = runes;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#runes.length;
  }

  token(): Token | undefined {
    const ranges = this.#ranges();
    if (ranges === undefined) return undefined;
    const flag = this.#runes[this.#at];
    if (flag === "\\" && this.#at === this.#runes.length - 1) return undefined;
    if (flag !== "+" && flag !== "*") return { ranges, flag: "" };
    this.#at += 1;
    return { ranges, flag };
  }

  #ranges(): readonly Range[] | undefined {
    const rune = this.#rune();
    if (rune === undefined) return undefined;
    if (rune.isEscaped) return [pointRange(rune)];
    if (rune.text === ".") return ANY;
    if (rune.text === "[") return this.#set();
    return "]+*".includes(rune.text) ? undefined : [pointRange(rune)];
  }

  #set(): readonly Range[] | undefined {
    const ranges: Range[] = [];
    let previous: Rune | undefined;
    for (let rune = this.#rune(); rune !== undefined; rune = this.#rune()) {
      if (!rune.isEscaped && rune.text === "]") return ranges;
      if (!rune.isEscaped && rune.text === "-") {
        const range = this.#rangeFrom(previous);
        if (range === undefined) return undefined;
        ranges.push(range);
        previous = undefined;
      } else {
        ranges.push(pointRange(rune));
        previous = rune;
      }
    }
    return undefined;
  }

  #rangeFrom(previous: Rune | undefined): Range | undefined {
    if (previous === undefined || this.#at >= this.#runes.length - 1) return undefined;
    const last = this.#rune();
    if (last === undefined || (!last.isEscaped && /[\]-]/.test(last.text))) return undefined;
    const [from] = pointRange(previous);
    const [to] = pointRange(last);
    return from > to ? undefined : [from, to];
  }

  /** Undefined at the end, and for a backslash there. */
  #rune(): Rune | undefined {
    const text = this.#runes[this.#at];
    if (text !== "\\") {
      this.#at += 1;
      return text === undefined ? undefined : { text, isEscaped: false };
    }
    const escaped = this.#runes[this.#at + 1];
    this.#at += 2;
    return escaped === undefined ? undefined : { text: escaped, isEscaped: true };
  }
}

function pointRange({ text }: Rune): Range {
  const point = text.codePointAt(0) ?? 0;
  return [point, point];
}
