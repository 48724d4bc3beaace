import { type Matcher, RE2JS, RE2JSException } from "re2js";

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
  if (patterns.has(pattern)) return patterns.get(pattern);
  const [oldest] = patterns.keys();
  if (oldest !== undefined && patterns.size >= MAX_PATTERNS) patterns.delete(oldest);
  const compiled = compile(pattern);
  patterns.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch (thrown) {
    if (thrown instanceof RE2JSException) return undefined;
    throw thrown;
  }
}

/** A matcher for a text; undefined for an invalid pattern, and where the search could take too long. */
export function matcherFor(pattern: string, text: string): Matcher | undefined {
  const compiled = compilePattern(pattern);
  if (compiled === undefined) return undefined;
  return compiled.programSize() * text.length > MAX_WORK ? undefined : compiled.matcher(text);
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
