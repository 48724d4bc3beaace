/**
 * Moves a module to a place of its own, so that many modules of one package fit into one build: its package and all that
 * it refers to under `data` get one more name in front. `package test` with `data.lib.x` becomes `package c7.test` with
 * `data.c7.lib.x`. Works on tokens, so comments and strings stay as they are.
 */
export function prefixed(rego: string, prefix: string): string {
  return new Scanner(rego, prefix).code();
}

const NAME = /[A-Za-z_]\w*/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const RAW_STRING = /`[^`]*`/y;
const COMMENT = /#[^\n]*/y;

class Scanner {
  readonly #rego: string;
  readonly #prefix: string;
  #at = 0;
  /** The last character of code that is no space. */
  #last = "";
  #followsPackage = false;

  constructor(rego: string, prefix: string) {
    this.#rego = rego;
    this.#prefix = prefix;
  }

  /** Everything up to the end or, in a template, to the brace that closes the expression. */
  code(): string {
    let text = "";
    let open = 0;
    while (this.#at < this.#rego.length) {
      const char = this.#rego.charAt(this.#at);
      if (char === "}" && open === 0) return text;
      open += braceDepth(char);
      text += this.#token(char);
    }
    return text;
  }

  #token(char: string): string {
    const quoted = this.#match(COMMENT) ?? this.#match(STRING) ?? this.#match(RAW_STRING);
    if (quoted !== undefined) {
      if (char !== "#") this.#last = char;
      return quoted;
    }
    if (char === "$") return this.#template();
    const name = this.#match(NAME);
    if (name !== undefined) return this.#name(name);
    this.#at += 1;
    if (char.trim() !== "") this.#last = char;
    return char;
  }

  #name(name: string): string {
    const isMember = this.#last === ".";
    const isFirstOfPackage = this.#followsPackage;
    this.#last = name.slice(-1);
    this.#followsPackage = name === "package" && !isMember;
    if (isFirstOfPackage) return `${this.#prefix}.${name}`;
    return name === "data" && !isMember ? `data.${this.#prefix}` : name;
  }

  /** `$"…{code}…"`, also with backquotes. */
  #template(): string {
    const quote = this.#rego.charAt(this.#at + 1);
    let text = `$${quote}`;
    this.#at += 2;
    while (this.#at < this.#rego.length) {
      const char = this.#rego.charAt(this.#at);
      this.#at += 1;
      text += char;
      if (char === "\\") text += this.#rego.charAt(this.#at++);
      else if (char === "{") text += this.code();
      else if (char === quote) break;
    }
    this.#last = quote;
    return text;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#rego)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

function braceDepth(char: string): number {
  if (char === "{") return 1;
  return char === "}" ? -1 : 0;
}
