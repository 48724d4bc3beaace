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

/**
 * The members of the object that starts at `at`, by key; of equal keys the last, as in `JSON.parse`.
 * `text` must be valid JSON: this only finds boundaries, so that a part of a review keeps its exact digits.
 */
export function memberSpans(text: string, at: number, maxDepth: number): ReadonlyMap<string, MemberSpan> {
  const members = new Map<string, MemberSpan>();
  let position = skipSpace(text, at + 1);
  while (text[position] !== "}") {
    const keyStart = position;
    const keyEnd = stringEnd(text, keyStart);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = valueEnd(text, valueStart, maxDepth);
    members.set(keyOf(text, keyStart, keyEnd), { keyStart, valueStart, end });
    position = skipSpace(text, end);
    if (text[position] === ",") position = skipSpace(text, position + 1);
  }
  return members;
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
  const kept = [...members].filter(([key]) => !left.has(key));
  return `{${kept.map(([, span]) => text.slice(span.keyStart, span.end)).join(",")}}`;
}

/** One past the value that starts at `start`. Throws NestingError beyond `maxDepth` brackets. */
export function valueEnd(text: string, start: number, maxDepth: number): number {
  let depth = 0;
  let position = start;
  do {
    const code = text.charCodeAt(position);
    if (code === QUOTE) {
      position = stringEnd(text, position);
    } else if (isOpening(code)) {
      depth += 1;
      if (depth > maxDepth) throw new NestingError(`nested deeper than ${maxDepth}`);
      position += 1;
    } else if (isClosing(code)) {
      depth -= 1;
      position += 1;
    } else if (depth === 0) {
      return scalarEnd(text, position);
    } else {
      position += 1;
    }
  } while (depth > 0);
  return position;
}

function isOpening(code: number): boolean {
  return code === 123 || code === 91;
}

function isClosing(code: number): boolean {
  return code === 125 || code === 93;
}

function scalarEnd(text: string, start: number): number {
  let position = start;
  while (position < text.length && !",]} \t\r\n".includes(text.charAt(position))) position += 1;
  return position;
}

function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

function skipSpace(text: string, start: number): number {
  let position = start;
  while (isSpace(text.charCodeAt(position))) position += 1;
  return position;
}

/** NaN, beyond the end, is none. */
function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

const LONE_OR_PAIR =
  /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\./g;

/**
 * Replaces escapes of half a surrogate pair, such as `\ud800`, by U+FFFD, as Go's encoding/json does: the engine
 * refuses them, and a text that only OPA can read must not be a way around it.
 */
export function replaceLoneSurrogates(text: string): string {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return text;
  return text.replace(LONE_OR_PAIR, (escape) => (escape.length === 6 ? "\\ufffd" : escape));
}
