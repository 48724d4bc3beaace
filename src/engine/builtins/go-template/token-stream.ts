import type { Token } from "./lexer.ts";
import { TemplateError } from "./template-error.ts";

/** Reads tokens one after the other. At the end there is undefined. */
export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  peekNonSpace(): Token | undefined {
    while (isMark(this.peek(), " ")) this.#at += 1;
    return this.peek();
  }

  next(): Token | undefined {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Takes this mark, after any space, if it is there. */
  take(mark: string): boolean {
    const isHere = isMark(this.peekNonSpace(), mark);
    if (isHere) this.#at += 1;
    return isHere;
  }

  expect(mark: string): void {
    if (!this.take(mark)) throw new TemplateError(`expected ${mark}`);
  }

  /** Takes a text in quotes. */
  string(): string {
    const token = this.peekNonSpace();
    if (token?.type !== "string") throw new TemplateError("expected a text");
    this.#at += 1;
    return token.value;
  }

  /** Takes `{{` and this keyword, if both are there. */
  takeAction(keyword: string): boolean {
    const start = this.#at;
    if (this.take("{{") && this.take(keyword)) return true;
    this.#at = start;
    return false;
  }

  /** What `read` gives; if that is undefined, nothing was read. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.#at;
    const found = read();
    if (found === undefined) this.#at = start;
    return found;
  }
}

export function isMark(token: Token | undefined, mark: string): boolean {
  return token?.type === "mark" && token.value === mark;
}
