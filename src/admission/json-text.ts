/** Where a member of a JSON object stands in its text; `end` is one past the value. */
export interface MemberSpan {
  readonly keyStart: number;
  readonly valueStart: number;
  readonly end: number;
}

/** A scan found more nesting than it was told to accept. */
export class NestingError extends Error {
  override readonly name = "NestingError";
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const SPACE = 32;
const MINUS = 45;
const ZERO = 48;
const LETTER_U = 117;
const BRACKET = 91;
const BRACE = 123;
/** In ASCII a closing bracket or brace is two after the opening one. */
const CLOSING = 2;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPED: ReadonlySet<number> = new Set(
  ['"', "\\", "/", "b", "f", "n", "r", "t"].map((letter) => letter.charCodeAt(0)),
);
const LITERALS = ["null", "true", "false"];

/** The members of an object by key, of equal keys the last, as in `JSON.parse`; `end` is one past the object. */
export interface ObjectSpan {
  readonly members: ReadonlyMap<string, MemberSpan>;
  readonly end: number;
}

/** Finds where the value of a member ends; throws as `valueEnd` does. */
export type MemberEnd = (text: string, start: number, key: string) => number;

/**
 * The members of the object that starts at `at`. As strict as `JSON.parse`, which it spares: the values are only gone
 * through, and a part of a review keeps its exact digits. Throws SyntaxError, or whatever `memberEnd` throws.
 */
export function objectSpan(text: string, at: number, memberEnd: MemberEnd): ObjectSpan {
  const members = new Map<string, MemberSpan>();
  if (text.charCodeAt(at) !== BRACE) throw unexpected(at);
  let position = skipSpace(text, at + 1);
  if (text.charCodeAt(position) === BRACE + CLOSING) return { members, end: position + 1 };
  for (;;) {
    const keyStart = position;
    const keyEnd = stringEnd(text, keyStart);
    const key = keyOf(text, keyStart, keyEnd);
    const valueStart = afterColon(text, keyEnd);
    const end = memberEnd(text, valueStart, key);
    members.set(key, { keyStart, valueStart, end });
    position = skipSpace(text, end);
    const code = text.charCodeAt(position);
    if (code === BRACE + CLOSING) return { members, end: position + 1 };
    if (code !== COMMA) throw unexpected(position);
    position = skipSpace(text, position + 1);
  }
}

/** The members of the object that starts at `at`, by key. Throws SyntaxError, or NestingError as `valueEnd` does. */
export function memberSpans(text: string, at: number, maxDepth: number): ReadonlyMap<string, MemberSpan> {
  return objectSpan(text, at, (_, start) => valueEnd(text, start, maxDepth)).members;
}

function keyOf(text: string, start: number, end: number): string {
  const key = text.slice(start + 1, end - 1);
  return key.includes("\\") ? String(JSON.parse(`"${key}"`)) : key;
}

/** The text of an object without some of its members. */
export function withoutMembers(
  text: string,
  members: ReadonlyMap<string, MemberSpan>,
  left: ReadonlySet<string>,
): string {
  const kept: string[] = [];
  for (const [key, span] of members) if (!left.has(key)) kept.push(text.slice(span.keyStart, span.end));
  return `{${kept.join(",")}}`;
}

/**
 * One past the value that starts at `start`. Throws SyntaxError if it is no JSON, NestingError beyond `maxDepth`
 * brackets.
 */
export function valueEnd(text: string, start: number, maxDepth: number): number {
  const closers: number[] = [];
  let at = start;
  do {
    const code = text.charCodeAt(at);
    if (code === BRACE || code === BRACKET) {
      if (closers.length >= maxDepth) throw new NestingError(`nested deeper than ${maxDepth}`);
      const closer = code + CLOSING;
      closers.push(closer);
      at = skipSpace(text, at + 1);
      const isEmpty = text.charCodeAt(at) === closer;
      at = isEmpty ? nextValue(text, at, closers) : itemValue(text, at, closer);
    } else {
      at = nextValue(text, scalarEnd(text, at, code), closers);
    }
  } while (closers.length > 0);
  return at;
}

/** Behind a value: the start of the next one in its container or, having closed all that end, one past the whole. */
function nextValue(text: string, end: number, closers: number[]): number {
  let at = end;
  for (let closer = closers.at(-1); closer !== undefined; closer = closers.at(-1)) {
    at = skipSpace(text, at);
    const code = text.charCodeAt(at);
    if (code === COMMA) return itemValue(text, skipSpace(text, at + 1), closer);
    if (code !== closer) throw unexpected(at);
    closers.pop();
    at += 1;
  }
  return at;
}

/** The start of the value of what begins at `at`: of a member, behind its key; of an item, there. */
function itemValue(text: string, at: number, closer: number): number {
  return closer === BRACE + CLOSING ? afterColon(text, stringEnd(text, at)) : at;
}

/** The start of a member's value, from the end of its key. */
function afterColon(text: string, keyEnd: number): number {
  const at = skipSpace(text, keyEnd);
  if (text.charCodeAt(at) !== COLON) throw unexpected(at);
  return skipSpace(text, at + 1);
}

function scalarEnd(text: string, start: number, code: number): number {
  if (code === QUOTE) return stringEnd(text, start);
  if (code === MINUS || isDigit(code)) return numberEnd(text, start);
  const literal = LITERALS.find((word) => text.startsWith(word, start));
  if (literal === undefined) throw unexpected(start);
  return start + literal.length;
}

/** Most numbers are short integers, which take no pattern to read. */
function numberEnd(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  const isInteger = at > start && (at === start + 1 || text.charCodeAt(start) !== ZERO);
  const code = text.charCodeAt(at);
  if (isInteger && (code === COMMA || isClosing(code))) return at;
  NUMBER.lastIndex = start;
  if (!NUMBER.test(text)) throw unexpected(start);
  return NUMBER.lastIndex;
}

function stringEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) throw unexpected(start);
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at = escapeEnd(text, at);
    else if (code >= SPACE) at += 1;
    // NaN, beyond the end, comes here too.
    else throw unexpected(at);
  }
}

function escapeEnd(text: string, start: number): number {
  const code = text.charCodeAt(start + 1);
  if (code !== LETTER_U) {
    if (!ESCAPED.has(code)) throw unexpected(start);
    return start + 2;
  }
  for (let at = start + 2; at < start + 6; at += 1) if (!isHex(text.charCodeAt(at))) throw unexpected(at);
  return start + 6;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

function isHex(code: number): boolean {
  // The bit 32 makes a letter small.
  const letter = code | 32;
  return isDigit(code) || (letter >= 97 && letter <= 102);
}

function isClosing(code: number): boolean {
  return code === BRACE + CLOSING || code === BRACKET + CLOSING;
}

/** The first character from `start` on that is no white space. */
export function skipSpace(text: string, start: number): number {
  let position = start;
  while (isSpace(text.charCodeAt(position))) position += 1;
  return position;
}

/** NaN, beyond the end, is none. */
function isSpace(code: number): boolean {
  return code === SPACE || code === 10 || code === 13 || code === 9;
}

/** Says nothing of what is there: it may be a Secret's. */
function unexpected(at: number): SyntaxError {
  return new SyntaxError(`no JSON at position ${at}`);
}

const LONE_OR_PAIR =
  /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\./g;

/**
 * Replaces escapes of half a surrogate pair, such as `\ud800`, by U+FFFD, as Go's encoding/json does: the engine
 * refuses them, and a text that only OPA can read must not be a way around it.
 */
export function replaceLoneSurrogates(text: string): string {
  // Most texts hold no escape of this kind, which takes no pattern to see.
  if (!text.includes("\\u") || !/\\u[dD][89a-fA-F]/.test(text)) return text;
  return text.replace(LONE_OR_PAIR, (escape) => (escape.length === 6 ? "\\ufffd" : escape));
}
