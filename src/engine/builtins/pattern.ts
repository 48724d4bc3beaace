import { type Matcher, RE2JS, RE2JSException } from "re2js";
import { LimitReached } from "./limit-reached.ts";

/** Patterns that are kept compiled, as many as OPA keeps. */
const MAX_PATTERNS = 100;

/**
 * Instructions of a pattern times the text's length; beyond that a match could take more than some seconds. A pattern
 * of 80 instructions may still be looked for in 3 MiB, the greatest object of the API server.
 */
const MAX_WORK = 2 ** 28;

const patterns = new Map<string, RE2JS | undefined>();

/** One match: start and end of the whole and of each group, -1 for a group that took no part; in UTF-16 units. */
export type Match = readonly (readonly [start: number, end: number])[];

/** RE2's syntax and linear time (Go's `regexp.Compile`); undefined if the pattern is not valid. */
export function compilePattern(pattern: string): RE2JS | undefined {
  return kept(patterns, pattern, compile);
}

/** What was made of a key, which is kept among the last ones. */
export function kept<T extends object | string>(
  known: Map<string, T | undefined>,
  key: string,
  make: (key: string) => T | undefined,
): T | undefined {
  const found = known.get(key);
  if (found !== undefined || known.has(key)) return found;
  const [oldest] = known.keys();
  if (oldest !== undefined && known.size >= MAX_PATTERNS) known.delete(oldest);
  const made = make(key);
  known.set(key, made);
  return made;
}

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch (thrown) {
    if (thrown instanceof RE2JSException) return undefined;
    throw thrown;
  }
}

/** A matcher for a text; undefined for an invalid pattern. Throws LimitReached where the search could take too long. */
export function matcherFor(pattern: string, text: string): Matcher | undefined {
  const compiled = compilePattern(pattern);
  if (compiled === undefined) return undefined;
  if (compiled.programSize() * text.length > MAX_WORK)
    throw new LimitReached("would look for a long pattern in a long text");
  return compiled.matcher(text);
}

/** Go's `FindAllSubmatchIndex`: an empty match right after another match does not count. At most `limit` matches. */
export function findMatches(matcher: Matcher, text: string, limit: number): readonly Match[] {
  const found: Match[] = [];
  let at = 0;
  let lastEnd = -1;
  while (found.length < limit && at <= text.length && matcher.find(at)) {
    const match = matchOf(matcher);
    const [start, end] = [matcher.start(), matcher.end()];
    if (end !== at || start !== lastEnd) found.push(match);
    at = end === at ? at + widthAt(text, at) : end;
    lastEnd = end;
  }
  return found;
}

function matchOf(matcher: Matcher): Match {
  return Array.from({ length: matcher.groupCount() + 1 }, (_, group) => [
    matcher.start(group),
    matcher.end(group),
  ]);
}

/** UTF-16 units of the code point at a place; 1 at the end. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Go's `regexp.QuoteMeta`. */
export function quotePattern(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
