import { parseAddress as parseIpAddress } from "../ip-address.ts";

// What Go takes for characters of an atom, of a quoted string and of a domain literal, anything beyond ASCII included.
const ATOM = /[!#-'*+\-./0-9=?A-Z^-~\u0080-\u{10ffff}]+/uy;
const QUOTED = /"((?:[\t !#-[\]-~\u0080-\u{10ffff}]|\\[\t -~\u0080-\u{10ffff}])*)"/uy;
const DOMAIN_LITERAL = /\[([!-Z^-~\u0080-\u{10ffff}]*)\]/uy;
const SPACE = /[ \t]*/y;

/** Go's `mail.ParseAddress`: one address, with or without a name, as of RFC 5322. */
export function isMailAddress(text: string): boolean {
  return new AddressParser(text).isSingleAddress();
}

/** Each method reads on from where the last one ended; false and undefined stand for what is not there. */
class AddressParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isSingleAddress(): boolean {
    const count = this.#addresses(true);
    return this.#skipComments() && this.#isAtEnd() && count === 1;
  }

  /** How many addresses there are: more than one only in a group; undefined if it is none. */
  #addresses(mayBeGroup: boolean): number | undefined {
    this.#take(SPACE);
    if (this.#isAtEnd()) return undefined;
    if (this.#isAddressSpec()) {
      this.#take(SPACE);
      return this.#text[this.#at] !== "(" || this.#isNameInComment() ? 1 : undefined;
    }
    return this.#namedAddresses(mayBeGroup);
  }

  /** `name <local@domain>`, or a name and its group. */
  #namedAddresses(mayBeGroup: boolean): number | undefined {
    if (this.#text[this.#at] !== "<" && !this.#isPhrase()) return undefined;
    this.#take(SPACE);
    if (mayBeGroup && this.#takeCharacter(":")) return this.#groupList();
    const isAddress = this.#takeCharacter("<") && this.#isAddressSpec() && this.#takeCharacter(">");
    return isAddress ? 1 : undefined;
  }

  #groupList(): number | undefined {
    let count = 0;
    this.#take(SPACE);
    if (this.#takeCharacter(";")) return this.#skipComments() ? 0 : undefined;
    for (;;) {
      const more = this.#addresses(false);
      if (more === undefined || !this.#skipComments()) return undefined;
      count += more;
      if (this.#takeCharacter(";")) return this.#skipComments() ? count : undefined;
      if (!this.#takeCharacter(",")) return undefined;
    }
  }

  /** `local@domain`; where it is none, nothing is read. */
  #isAddressSpec(): boolean {
    const start = this.#at;
    this.#take(SPACE);
    const local = this.#text[this.#at] === '"' ? this.#take(QUOTED)?.[1] : this.#dotAtom();
    const isAddress = local !== undefined && local !== "" && this.#takeCharacter("@") && this.#isDomain();
    if (!isAddress) this.#at = start;
    return isAddress;
  }

  #isDomain(): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== "[") return this.#dotAtom() !== undefined;
    const address = this.#take(DOMAIN_LITERAL)?.[1];
    return address !== undefined && parseIpAddress(address) !== undefined;
  }

  #dotAtom(): string | undefined {
    const atom = this.#take(ATOM)?.[0];
    return atom === undefined || /^\.|\.\.|\.$/.test(atom) ? undefined : atom;
  }

  /** At least one word; what follows the last one is left. */
  #isPhrase(): boolean {
    let isRead = false;
    for (;;) {
      if (isRead && !this.#skipComments()) return false;
      this.#take(SPACE);
      if (this.#isAtEnd()) return isRead;
      const isQuoted = this.#text[this.#at] === '"';
      const word = this.#take(isQuoted ? QUOTED : ATOM)?.[0];
      if (word === undefined || (!isQuoted && isOfUnknownCharset(word))) return isRead;
      isRead = true;
    }
  }

  #isNameInComment(): boolean {
    const comment = this.#takeComment();
    return comment?.split(/[ \t]+/).every((word) => !isOfUnknownCharset(word)) ?? false;
  }

  #skipComments(): boolean {
    this.#take(SPACE);
    while (this.#text[this.#at] === "(") {
      if (this.#takeComment() === undefined) return false;
      this.#take(SPACE);
    }
    return true;
  }

  /** The text between parentheses, which may hold others; without the backslashes that escape. */
  #takeComment(): string | undefined {
    let depth = 0;
    let comment = "";
    do {
      const character = this.#text[this.#at];
      if (character === undefined) return undefined;
      const isEscaped = character === "\\" && this.#at + 1 < this.#text.length;
      if (isEscaped) this.#at += 1;
      else if (character === "(") depth += 1;
      else if (character === ")") depth -= 1;
      comment += this.#text.charAt(this.#at);
      this.#at += 1;
    } while (depth > 0);
    return comment.slice(1, -1);
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #takeCharacter(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }
}

/** An encoded word (RFC 2047) that Go can decode but for its character set. */
function isOfUnknownCharset(word: string): boolean {
  const [, charset = "", encoding = "", content = ""] = /^=\?([^?]+)\?([bBqQ])\?([^?]*)\?=$/.exec(word) ?? [];
  if (charset === "" || /^(?:utf-8|iso-8859-1|us-ascii)$/i.test(charset)) return false;
  return /b/i.test(encoding)
    ? /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(content)
    : /^(?:[\n\r !-<>-~]|=[0-9a-fA-F]{2})*$/.test(content);
}
