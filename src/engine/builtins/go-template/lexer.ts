import { readNumber, unquote } from "./literal.ts";
import { TemplateError } from "./template-error.ts";

/** What a template is made of. `text` lies outside of actions; of everything else `value` is as it is written. */
export type Token =
  | {
      readonly type: "text" | "identifier" | "field" | "variable" | "string" | "mark";
      readonly value: string;
    }
  | { readonly type: "number"; readonly value: bigint | number };

/** Keywords are marks, too: `if`, `{{`, `:=`, and ` ` for any white space. */
const KEYWORDS: ReadonlySet<string> = new Set(
  ". block break continue define else end if nil range template true false with".split(" "),
);

const SPACE = /[ \t\r\n]/;

/** text/template/parse/lex.go. Throws TemplateError if the text is no template. */
export function readTokens(template: string): readonly Token[] {
  return new Lexer(template).all();
}

const WORD = String.raw`[\p{L}\p{Nd}_]`;
const NAME = new RegExp(`${WORD}+`, "yu");
const VARIABLE = new RegExp(String.raw`\$${WORD}*`, "yu");
const FIELD = new RegExp(String.raw`\.${WORD}+`, "yu");
const NUMBER = new RegExp(
  String.raw`[+-]?(?:0[xX][\da-fA-F_]*|0[oObB][\d_]*|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)(?!${WORD}|[+.-])`,
  "yu",
);
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`/y;
const MARK = /:=|[=|(),]/y;
/** What may follow a name. */
const TERMINATOR = /[ \t\r\n.,|:()]|\}\}|$/y;

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  all(): readonly Token[] {
    let isTrimmed = false;
    for (;;) {
      const open = this.#text.indexOf("{{", this.#at);
      const text = this.#text.slice(this.#at, open === -1 ? undefined : open);
      const isLeftTrimmed = open !== -1 && /^-[ \t\r\n]/.test(this.#text.slice(open + 2, open + 4));
      const cut = isTrimmed ? text.replace(/^[ \t\r\n]+/, "") : text;
      const shown = isLeftTrimmed ? trimEnd(cut) : cut;
      if (shown !== "") this.#tokens.push({ type: "text", value: shown });
      if (open === -1) return this.#tokens;
      this.#at = open + (isLeftTrimmed ? 4 : 2);
      isTrimmed = this.#text.startsWith("/*", this.#at) ? this.#comment() : this.#action();
    }
  }

  /** Gives whether the text after it is trimmed. */
  #comment(): boolean {
    const end = this.#text.indexOf("*/", this.#at + 2);
    if (end === -1) throw new TemplateError("unclosed comment");
    this.#at = end + 2;
    return this.#close() ?? fail("comment ends before closing delimiter");
  }

  #action(): boolean {
    this.#mark("{{");
    let depth = 0;
    for (;;) {
      const isTrimmed = this.#close();
      if (isTrimmed !== undefined) {
        if (depth > 0) throw new TemplateError("unclosed left paren");
        this.#mark("}}");
        return isTrimmed;
      }
      const token = this.#next();
      this.#tokens.push(token);
      if (token.type === "mark" && token.value === "(") depth += 1;
      if (token.type === "mark" && token.value === ")") depth -= 1;
      if (depth < 0) throw new TemplateError("unexpected right paren");
    }
  }

  /** Reads the end of an action and gives whether it trims; undefined if it is not here. */
  #close(): boolean | undefined {
    const found = this.#take(/(?:[ \t\r\n]-)?\}\}/y);
    return found === undefined ? undefined : found.length > 2;
  }

  #next(): Token {
    const first = this.#text[this.#at] ?? fail("unclosed action");
    if (SPACE.test(first)) return this.#space();
    const mark = this.#take(MARK);
    if (mark !== undefined) return { type: "mark", value: mark };
    const quoted = this.#take(QUOTED);
    if (quoted !== undefined) return literal(quoted);
    return this.#number() ?? this.#named();
  }

  /** All white space, but for what belongs to a trim marker. */
  #space(): Token {
    do this.#at += 1;
    while (SPACE.test(this.#text[this.#at] ?? "") && !this.#text.startsWith("-}}", this.#at + 1));
    return { type: "mark", value: " " };
  }

  #number(): Token | undefined {
    if (!/^(?:[+\-\d]|\.\d)/.test(this.#text.slice(this.#at, this.#at + 2))) return undefined;
    const text = this.#take(NUMBER) ?? fail("bad number syntax");
    return { type: "number", value: readNumber(text) };
  }

  #named(): Token {
    const variable = this.#take(VARIABLE);
    if (variable !== undefined) return this.#ended({ type: "variable", value: variable });
    const field = this.#take(FIELD);
    if (field !== undefined) return this.#ended({ type: "field", value: field.slice(1) });
    const name = this.#take(NAME) ?? this.#take(/\./y) ?? fail("unrecognized character in action");
    return this.#ended({ type: KEYWORDS.has(name) ? "mark" : "identifier", value: name });
  }

  #ended(token: Token): Token {
    TERMINATOR.lastIndex = this.#at;
    return TERMINATOR.test(this.#text) ? token : fail("bad character");
  }

  #mark(value: string): void {
    this.#tokens.push({ type: "mark", value });
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

function literal(quoted: string): Token {
  const value = unquote(quoted);
  if (!quoted.startsWith("'")) return { type: "string", value };
  const [character = "", ...rest] = Array.from(value);
  if (character === "" || rest.length > 0) throw new TemplateError("malformed character constant");
  return { type: "number", value: BigInt(character.codePointAt(0) ?? 0) };
}

/** In linear time, which a pattern is not. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function fail(why: string): never {
  throw new TemplateError(why);
}
