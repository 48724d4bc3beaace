/** What `*` and `**` are written as. */
const STARS = /\*\*?/y;
const CHARACTER = /[^]/uy;
/** `[a-z]`: both ends stand for themselves, whatever they are. A `!` that comes first is never one. */
const RANGE = /\[(?:(!)|(?!!))([^])-([^])\]/uy;
const STARTED_RANGE = /\[(?:!|(?!!))[^]-/uy;
/** `[abc]`: a character may be escaped. */
const SET = /\[(?:(!)|(?!!))((?:\\[^]|[^\]\\])+)\]/uy;
const ESCAPED = /\\([^])/gu;
const ANY = "(?s:.)";

/**
 * The regular expression of RE2 for a glob as github.com/gobwas/glob 1.0.0, which OPA uses, reads it: `*` and `?` match no
 * delimiter, `**` and classes match any character. Undefined if it is no glob.
 */
export function globPattern(glob: string, delimiters: readonly string[]): string | undefined {
  const reader = new GlobReader(glob, delimiters);
  const parts: string[] = [];
  while (!reader.isAtEnd()) {
    const part = reader.part();
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return reader.depth === 0 ? `^(?:${parts.join("")})$` : undefined;
}

class GlobReader {
  readonly #glob: string;
  readonly #anyButDelimiters: string;
  #at = 0;
  /** Lists of alternatives that are open. */
  depth = 0;

  constructor(glob: string, delimiters: readonly string[]) {
    this.#glob = glob;
    this.#anyButDelimiters =
      delimiters.length === 0 ? ANY : classOf("!", delimiters.map(quotePoint).join(""));
  }

  isAtEnd(): boolean {
    return this.#at >= this.#glob.length;
  }

  part(): string | undefined {
    if (this.#glob[this.#at] === "[") return this.#class();
    const [character = ""] = this.#take(STARS) ?? this.#take(CHARACTER) ?? [];
    switch (character) {
      case "**":
        return `${ANY}*`;
      case "*":
        return `${this.#anyButDelimiters}*`;
      case "?":
        return this.#anyButDelimiters;
      case "\\":
        return this.#escaped();
      case "{":
        this.depth += 1;
        return "(?:";
      default:
        return this.#text(character);
    }
  }

  /** A comma and a brace mean something between braces only. */
  #text(character: string): string {
    if (this.depth > 0 && character === ",") return "|";
    if (this.depth === 0 || character !== "}") return quotePoint(character);
    this.depth -= 1;
    return ")";
  }

  #escaped(): string | undefined {
    const [character] = this.#take(CHARACTER) ?? [];
    return character && quotePoint(character);
  }

  #class(): string | undefined {
    const range = this.#take(RANGE);
    if (range !== undefined) return rangeOf(range);
    // What begins as a range is no set.
    const set = this.#peek(STARTED_RANGE) === undefined ? this.#take(SET) : undefined;
    if (set === undefined) return undefined;
    const [, not, characters = ""] = set;
    const each = Array.from(characters.replaceAll(ESCAPED, "$1"), quotePoint);
    return classOf(not, each.join(""));
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const found = this.#peek(pattern);
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  #peek(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#glob) ?? undefined;
  }
}

function rangeOf([, not, from = "", to = ""]: RegExpExecArray): string | undefined {
  if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)) return undefined;
  return classOf(not, `${quotePoint(from)}-${quotePoint(to)}`);
}

function classOf(not: string | undefined, content: string): string {
  return `[${not === undefined ? "" : "^"}${content}]`;
}

function quotePoint(character: string): string {
  if (/\w/.test(character)) return character;
  return `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
