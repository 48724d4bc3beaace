import type { CommentGroup } from "./ast.ts";
import { readTokens, type Token, type TokenKind } from "./lexer.ts";
import { check, type Limits, required } from "./limits.ts";

/** One level of a text takes up to three levels of a result, of which the engine reads a thousand: 250 levels of text. */
const LEVELS = 2;

/** parser/parser.go: goes through the tokens once. Whatever is not as expected throws InvalidGraphql. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #limits: Limits;
  #index = 0;

  constructor(text: string, limits: Limits) {
    this.#tokens = readTokens(text, limits);
    this.#limits = limits;
  }

  peek(): Token {
    return required(this.#tokens[this.#index]);
  }

  next(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  is(kind: TokenKind): boolean {
    return this.peek().kind === kind;
  }

  /** Whether a name, or (as in gqlparser) a string, says so. */
  says(value: string): boolean {
    return this.peek().value === value;
  }

  skip(kind: TokenKind): boolean {
    const isHere = this.is(kind);
    if (isHere) this.#index += 1;
    return isHere;
  }

  expect(kind: TokenKind): Token {
    check(this.is(kind));
    return this.next();
  }

  keyword(value: string): Token {
    check(this.says(value));
    return this.expect("name");
  }

  name(): string {
    return this.expect("name").value;
  }

  /** Whatever lies between two marks; none at all if the first mark is not there. */
  many<T>(open: TokenKind, close: TokenKind, read: () => T): readonly T[] {
    if (!this.skip(open)) return [];
    const items: T[] = [];
    while (!this.is(close)) items.push(this.nest(read));
    this.next();
    return items;
  }

  /** The same, but if the first mark is there, at least one; and the comment before the last mark. */
  some<T>(open: TokenKind, close: TokenKind, read: () => T): Block<T> {
    const isHere = this.is(open);
    const start = this.#index;
    const items = this.many(open, close, read);
    check(!isHere || items.length > 0);
    return { items, comment: this.#index === start ? undefined : this.#tokens[this.#index - 1]?.comment };
  }

  /** What is written one after the other with a mark between; it may begin with that mark. */
  separated<T>(mark: TokenKind, read: () => T): readonly T[] {
    this.skip(mark);
    const items = [read()];
    while (this.skip(mark)) items.push(read());
    return items;
  }

  nest<T>(read: () => T): T {
    return this.#limits.nest(read, LEVELS);
  }
}

export interface Block<T> {
  readonly items: readonly T[];
  readonly comment: CommentGroup | undefined;
}
