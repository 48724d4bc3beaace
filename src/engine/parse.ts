import { sortDistinct } from "./compare.ts";
import { RegoNumber, RegoObject, RegoSet, type RegoValue } from "./value.ts";

/**
 * Nesting that `parseValue` accepts. Its recursion takes two stack frames for each level; the deepest value of any
 * Kubernetes type (a CustomResourceDefinition's schema) has fewer than 100 levels.
 */
const DEPTH_LIMIT = 1_000;

/** More than JSON has: `to_number` keeps texts such as `.5`, `01` and `1.` as they are. */
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NO_JSON_NUMBER = /^\+|^-?0\d|^-?\.|\.(?!\d)/;
const ATOMS: Readonly<Record<string, readonly [text: string, value: RegoValue]>> = {
  n: ["null", null],
  t: ["true", true],
  f: ["false", false],
  s: ["set()", new RegoSet([])],
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const SPACE = 0x20;

/**
 * Reads what `opa_value_dump` writes: JSON with sets (`{1, 2}`, `set()`) and with keys of any type. Numbers keep their
 * text. Plain JSON is read too; of equal keys the last wins. Throws SyntaxError, which names the offset.
 */
export function parseValue(text: string): RegoValue {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): RegoValue {
    if (depth > DEPTH_LIMIT) throw new SyntaxError(`A value is nested deeper than ${DEPTH_LIMIT} levels.`);
    this.#skipSpace();
    const first = this.#text.charCodeAt(this.#at);
    if (first === QUOTE) return this.#string();
    if (first === BRACE) return this.#objectOrSet(depth + 1);
    if (first === BRACKET) return this.#array(depth + 1);
    return this.#atomOrNumber();
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected();
  }

  #array(depth: number): RegoValue {
    this.#at += 1;
    const items: RegoValue[] = [];
    if (this.#take("]")) return items;
    do items.push(this.value(depth));
    while (this.#take(","));
    this.#expect("]");
    return items;
  }

  #objectOrSet(depth: number): RegoValue {
    this.#at += 1;
    if (this.#take("}")) return new RegoObject([]);
    const first = this.value(depth);
    return this.#take(":") ? this.#object(first, depth) : this.#set(first, depth);
  }

  #object(firstKey: RegoValue, depth: number): RegoObject {
    const entries: [RegoValue, RegoValue][] = [[firstKey, this.value(depth)]];
    while (this.#take(",")) {
      const key = this.value(depth);
      this.#expect(":");
      entries.push([key, this.value(depth)]);
    }
    this.#expect("}");
    return new RegoObject(sortDistinct(entries, ([key]) => key));
  }

  #set(first: RegoValue, depth: number): RegoSet {
    const items = [first];
    while (this.#take(",")) items.push(this.value(depth));
    this.#expect("}");
    return new RegoSet(sortDistinct(items, (item) => item));
  }

  #string(): string {
    const start = this.#at;
    let isEscaped = false;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        const literal = this.#text.slice(start, this.#at);
        return isEscaped ? this.#unescape(literal) : literal.slice(1, -1);
      }
      if (unit === BACKSLASH) {
        isEscaped = true;
        at += 1;
      } else if (unit < SPACE) break;
    }
    throw new SyntaxError(`Unterminated string at offset ${start}.`);
  }

  #unescape(literal: string): string {
    const value: unknown = JSON.parse(literal);
    if (typeof value !== "string") throw this.#unexpected();
    return value;
  }

  #atomOrNumber(): RegoValue {
    const atom = ATOMS[this.#text.charAt(this.#at)];
    if (atom === undefined) return this.#number();
    const [text, value] = atom;
    if (!this.#text.startsWith(text, this.#at)) throw this.#unexpected();
    this.#at += text.length;
    return value;
  }

  #number(): RegoNumber {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (found === null) throw this.#unexpected();
    this.#at = NUMBER.lastIndex;
    return new RegoNumber(asJson(found[0]));
  }

  #take(mark: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw this.#unexpected();
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== SPACE && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  #unexpected(): SyntaxError {
    const found = this.#text[this.#at];
    return new SyntaxError(
      found === undefined
        ? "Unexpected end of a value."
        : `Unexpected ${JSON.stringify(found)} at offset ${this.#at}.`,
    );
  }
}

function asJson(number: string): string {
  if (!NO_JSON_NUMBER.test(number)) return number;
  return number
    .replace(/^\+/, "")
    .replace(/^(?<sign>-?)0+(?=\d)/, "$<sign>")
    .replace(/^(?<sign>-?)(?=\.)/, "$<sign>0")
    .replace(/\.(?!\d)/, "");
}
