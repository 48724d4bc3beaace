import type { Comment, CommentGroup } from "./ast.ts";
import { blockStringValue } from "./block-string.ts";
import { InvalidGraphql, type Limits, required } from "./limits.ts";

export type TokenKind = Mark | "name" | "int" | "float" | "string" | "block string" | "end";

type Mark = "!" | "$" | "&" | "(" | ")" | "..." | ":" | "=" | "@" | "[" | "]" | "{" | "}" | "|";

export interface Token {
  readonly kind: TokenKind;
  /** What a name, a number or a string says; of anything else empty. */
  readonly value: string;
  /** The comments between the token before and this one. */
  readonly comment?: CommentGroup | undefined;
}

/** Steps for a token: for all that is made of it later. With 2^21 steps that is some 260,000 tokens. */
const TOKEN_STEPS = 8;

const IGNORED = /[\t\n\r ,\ufeff]+/y;
const MARK = /[!$&():=@[\]{|}]|\.{3}/y;
const NAME = /[A-Z_a-z]\w*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?!\d)(\.\d+(?!\d)|(?!\.))([Ee][+-]?\d+(?!\d)|(?![Ee]))/y;
const ESCAPE = /\\(?:u([\dA-Fa-f]{4})|(["/\\bfnrt]))/y;
const QUOTES = /"+/y;

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE, QUOTE, BACKSLASH] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x5c];

// By UTF-16 code unit rather than by patterns: such a run may have millions of them.
const isInComment = (unit: number): boolean => unit >= SPACE || unit === TAB;
const isInString = (unit: number): boolean => isInComment(unit) && unit !== QUOTE && unit !== BACKSLASH;
const isInBlockString = (unit: number): boolean =>
  isInString(unit) || unit === LINE_FEED || unit === CARRIAGE_RETURN;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** lexer/lexer.go. Throws InvalidGraphql where a token is none. The last token is the end. */
export function readTokens(text: string, limits: Limits): readonly Token[] {
  return new Lexer(text, limits).all();
}

class Lexer {
  readonly #text: string;
  readonly #limits: Limits;
  #at = 0;

  constructor(text: string, limits: Limits) {
    this.#text = text;
    this.#limits = limits;
  }

  all(): readonly Token[] {
    const tokens: Token[] = [];
    do {
      this.#limits.spend(TOKEN_STEPS);
      const comment = this.#comments();
      tokens.push({ ...this.#token(), comment });
    } while (tokens.at(-1)?.kind !== "end");
    return tokens;
  }

  #comments(): CommentGroup | undefined {
    const comments: Comment[] = [];
    for (;;) {
      this.#take(IGNORED);
      if (!this.#skip("#")) return comments.length === 0 ? undefined : { List: comments };
      this.#limits.spend(TOKEN_STEPS);
      comments.push({ Value: `#${this.#run(isInComment)}` });
    }
  }

  #token(): Token {
    if (this.#at >= this.#text.length) return { kind: "end", value: "" };
    const mark = this.#take(MARK)?.[0];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern matches nothing else
    if (mark !== undefined) return { kind: mark as Mark, value: "" };
    const name = this.#take(NAME)?.[0];
    if (name !== undefined) return { kind: "name", value: name };
    if (this.#skip('"""')) return { kind: "block string", value: this.#blockString() };
    return this.#skip('"') ? { kind: "string", value: this.#string() } : this.#number();
  }

  #number(): Token {
    const [value, fraction, exponent] = required(this.#take(NUMBER));
    return { kind: fraction === "" && exponent === "" ? "int" : "float", value };
  }

  /** Up to the closing quote. */
  #string(): string {
    let value = "";
    for (;;) {
      value += this.#run(isInString);
      if (this.#skip('"')) return value;
      const [, hex, letter = ""] = required(this.#take(ESCAPE));
      value += hex === undefined ? (ESCAPES.get(letter) ?? letter) : unitOf(hex);
    }
  }

  /** Up to the closing quotes: of more than three the last ones. */
  #blockString(): string {
    let raw = "";
    for (;;) {
      raw += this.#run(isInBlockString);
      const quotes = this.#take(QUOTES)?.[0].length ?? 0;
      if (quotes >= 3) return blockStringValue((raw + '"'.repeat(quotes - 3)).replaceAll(/\r\n?/g, "\n"));
      if (quotes > 0) raw += '"'.repeat(quotes);
      else if (this.#skip('\\"""')) raw += '"""';
      else if (this.#skip("\\")) raw += "\\";
      else throw new InvalidGraphql();
    }
  }

  #skip(text: string): boolean {
    const isHere = this.#text.startsWith(text, this.#at);
    if (isHere) this.#at += text.length;
    return isHere;
  }

  #run(holds: (unit: number) => boolean): string {
    const start = this.#at;
    while (this.#at < this.#text.length && holds(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }
}

/** A character by its number; half of one, which Go cannot write, is U+FFFD. */
function unitOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16)).toWellFormed();
}
