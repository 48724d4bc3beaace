import { SourceError } from "../source-error.ts";
import { Cursor } from "./cursor.ts";
import type { IndicatorToken, Token } from "./token.ts";

/** YAML looks no further than this for the `:` that makes a scalar a key (YAML 1.2, 7.4.2). */
const SIMPLE_KEY_LENGTH = 1024;

/** A place where a key without `?` may have begun: known only when its `:` comes. */
interface SimpleKey {
  possible: boolean;
  /** The line can be nothing but a key, because it stands at the indentation of a mapping. */
  readonly required: boolean;
  readonly token: number;
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * Turns one document into tokens, as libyaml does: keys and the ends of indented collections become tokens of their
 * own, which is why a token can be inserted before others that were read already. Lives for one document.
 */
export class ScanState {
  readonly cursor: Cursor;
  /** Column of the innermost block collection, -1 outside. */
  indent = -1;
  simpleKeyAllowed = true;
  private readonly indents: number[] = [];
  /** One for each open bracket and one for the block around them. */
  private readonly simpleKeys: (SimpleKey | undefined)[] = [undefined];
  private readonly keysByToken = new Map<number, SimpleKey>();
  private queue: Token[] = [];
  private head = 0;
  private taken = 0;
  private ready = false;

  constructor(text: string) {
    this.cursor = new Cursor(text);
  }

  /** The next token, or undefined if more must be fetched to know that no key starts with it. */
  next(): Token | undefined {
    if (!this.ready) {
      const key = this.keysByToken.get(this.taken);
      this.ready = this.head < this.queue.length && (key === undefined || !this.isValid(key));
    }
    return this.ready ? this.queue[this.head] : undefined;
  }

  /** Removes the token that `next` gave. */
  take(): void {
    this.head += 1;
    this.taken += 1;
    this.ready = false;
    if (this.head === this.queue.length) {
      this.queue = [];
      this.head = 0;
    }
  }

  get inFlow(): boolean {
    return this.simpleKeys.length > 1;
  }

  append(token: Token): void {
    this.queue.push(token);
  }

  /** Appends an indicator of `length` characters that begins here, and passes it. */
  appendIndicator(type: IndicatorToken["type"], length: number): void {
    const start = this.cursor.offset;
    this.cursor.offset += length;
    this.append({ type, start, end: this.cursor.offset });
  }

  /** Opens a block collection if the column is deeper than the one around it. */
  indentTo(column: number, type: "block-sequence-start" | "block-mapping-start"): void {
    if (!this.inFlow && this.indent < column)
      this.openBlock(column, { type, start: this.cursor.offset, end: this.cursor.offset }, this.queue.length);
  }

  /** Ends the block collections that are deeper than the column. */
  unindentTo(column: number): void {
    if (this.inFlow) return;
    while (this.indent > column) {
      this.append({ type: "block-end", start: this.cursor.offset, end: this.cursor.offset });
      this.indent = this.indents.pop() ?? -1;
    }
  }

  /** Remembers that a key may begin here. */
  saveSimpleKey(): void {
    if (!this.simpleKeyAllowed) return;
    const { offset, line, column } = this.cursor;
    const required = !this.inFlow && this.indent === column;
    const token = this.taken + this.queue.length - this.head;
    this.removeSimpleKey();
    const key = { possible: true, required, token, offset, line, column };
    this.simpleKeys[this.simpleKeys.length - 1] = key;
    this.keysByToken.set(token, key);
  }

  /** Forgets the key that may have begun in the innermost brackets. */
  removeSimpleKey(): void {
    const key = this.simpleKeys.at(-1);
    if (key === undefined || !key.possible) return;
    if (key.required) throw keyWithoutColon(key);
    key.possible = false;
    this.keysByToken.delete(key.token);
  }

  /** If a simple key ends here, puts its token, and the start of its mapping if new, before it. */
  insertSimpleKey(): boolean {
    const key = this.simpleKeys.at(-1);
    if (key === undefined || !this.isValid(key)) return false;
    const place = key.token - this.taken + this.head;
    this.insert(place, { type: "key", start: key.offset, end: key.offset });
    if (!this.inFlow && this.indent < key.column) {
      this.openBlock(key.column, { type: "block-mapping-start", start: key.offset, end: key.offset }, place);
    }
    key.possible = false;
    this.keysByToken.delete(key.token);
    return true;
  }

  openBrackets(): void {
    this.simpleKeys.push(undefined);
  }

  closeBrackets(): void {
    if (!this.inFlow) return;
    const key = this.simpleKeys.pop();
    if (key !== undefined) this.keysByToken.delete(key.token);
  }

  private openBlock(column: number, token: Token, place: number): void {
    this.indents.push(this.indent);
    this.indent = column;
    this.insert(place, token);
  }

  /** Most keys begin the queue, where `unshift` is faster than `splice`. */
  private insert(place: number, token: Token): void {
    if (place === 0) this.queue.unshift(token);
    else this.queue.splice(place, 0, token);
  }

  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    const { line, offset } = this.cursor;
    if (key.line === line && key.offset + SIMPLE_KEY_LENGTH >= offset) return true;
    if (key.required) throw keyWithoutColon(key);
    key.possible = false;
    return false;
  }
}

function keyWithoutColon(key: SimpleKey): SourceError {
  return new SourceError("a key is expected here, but no `:` follows it", key.offset);
}
