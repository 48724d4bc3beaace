import { MAX_DEPTH } from "./construct.ts";
import { SourceError } from "./source-error.ts";
import type { Member, Scalar, Value } from "./value.ts";

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

export interface JsonDocument {
  readonly value: Value;
  /** One past the value. */
  readonly end: number;
}

/** An open array or object; `key` is the one whose value comes next. */
interface Frame {
  readonly start: number;
  readonly target: Value[] | Map<string, Member>;
  key: { readonly name: string; readonly start: number } | undefined;
}

/** The offset of the next character that is no white space. */
export function skipJsonSpace(text: string, from: number): number {
  SPACE.lastIndex = from;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

/**
 * Reads the one JSON value that begins at `from` as Go's encoding/json does: of equal keys the last counts, half a
 * surrogate pair becomes U+FFFD, and numbers keep their digits. Throws SourceError.
 */
export function readJson(text: string, from: number): JsonDocument {
  return new JsonReader(text, from).read();
}

/** Reads one value with a stack of its own, so that nesting cannot overflow the engine's. */
class JsonReader {
  private readonly text: string;
  private at: number;
  private readonly frames: Frame[] = [];

  constructor(text: string, from: number) {
    this.text = text;
    this.at = skipJsonSpace(text, from);
  }

  read(): JsonDocument {
    for (;;) {
      let value = this.value();
      while (value !== undefined) {
        const frame = this.frames.at(-1);
        if (frame === undefined) return { value, end: this.at };
        value = this.continue(frame, value);
      }
    }
  }

  /** A scalar or an empty collection; undefined if a collection was opened, whose first value comes next. */
  private value(): Value | undefined {
    const start = this.at;
    const character = this.text.charAt(start);
    if (character === "{" || character === "[") return this.open(start, character === "{");
    if (character === '"') return { kind: "scalar", start, type: "string", text: this.string() };
    return this.literal(start);
  }

  private open(start: number, object: boolean): Value | undefined {
    if (this.frames.length >= MAX_DEPTH) {
      throw new SourceError(
        `the document is nested deeper than ${MAX_DEPTH} levels`,
        start,
        "MANIFEST_TOO_DEEP",
      );
    }
    const frame: Frame = { start, target: object ? new Map<string, Member>() : [], key: undefined };
    this.frames.push(frame);
    this.skip(1);
    if (this.text.charAt(this.at) === (object ? "}" : "]")) return this.close(frame);
    if (object) this.key(frame);
    return undefined;
  }

  /** Adds a value to its collection and passes the comma, or gives the collection if it ends here. */
  private continue(frame: Frame, value: Value): Value | undefined {
    const { target, key } = frame;
    if (Array.isArray(target)) target.push(value);
    else if (key !== undefined) target.set(key.name, { keyStart: key.start, value });
    this.skip(0);
    const end = Array.isArray(target) ? "]" : "}";
    const character = this.text.charAt(this.at);
    if (character === end) return this.close(frame);
    if (character !== ",") this.fail(`"," or "${end}"`);
    this.skip(1);
    if (!Array.isArray(target)) this.key(frame);
    return undefined;
  }

  private close({ start, target }: Frame): Value {
    this.at += 1;
    this.frames.pop();
    return Array.isArray(target)
      ? { kind: "sequence", start, items: target }
      : { kind: "mapping", start, members: target };
  }

  private key(frame: Frame): void {
    const start = this.at;
    if (this.text.charAt(start) !== '"') this.fail("a key in double quotes");
    frame.key = { name: this.string(), start };
    this.skip(0);
    if (this.text.charAt(this.at) !== ":") this.fail('":"');
    this.skip(1);
  }

  private string(): string {
    const start = this.at;
    let end = this.text.indexOf('"', start + 1);
    while (end !== -1 && isEscaped(this.text, end)) end = this.text.indexOf('"', end + 1);
    if (end === -1) throw new SourceError("the string that begins here has no closing quote", start);
    this.at = end + 1;
    const raw = this.text.slice(start + 1, end);
    return unescaped(raw, start);
  }

  private literal(start: number): Scalar {
    const word = this.match(WORD);
    if (word !== undefined)
      return { kind: "scalar", start, type: word === "null" ? "null" : "bool", text: word };
    const text = this.match(NUMBER);
    if (text === undefined) return this.fail("a JSON value");
    return { kind: "scalar", start, type: "float", text };
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.text)?.[0];
    this.at += text?.length ?? 0;
    return text;
  }

  private skip(length: number): void {
    this.at = skipJsonSpace(this.text, this.at + length);
  }

  private fail(expected: string): never {
    const found = this.at < this.text.length ? `"${this.text.charAt(this.at)}"` : "the end of the file";
    throw new SourceError(`${expected} is expected here, not ${found}`, Math.min(this.at, this.text.length));
  }
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote;
  while (text.charAt(at - 1) === "\\") at -= 1;
  return (quote - at) % 2 === 1;
}

function unescaped(raw: string, start: number): string {
  try {
    return String(JSON.parse(`"${raw}"`)).toWellFormed();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SourceError(
      "the string that begins here holds a line break, a control character or a wrong escape",
      start,
    );
  }
}
