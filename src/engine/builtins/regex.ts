import type { RegoValue } from "../value.ts";
import { type Builtins, integerOperand, ofStrings } from "./builtin.ts";
import { globsIntersect } from "./glob-intersection.ts";
import { compilePattern, findMatches, type Match, matcherFor, quotePattern } from "./pattern.ts";

/** v1/topdown/regex.go, without what is native in WebAssembly. */
export const REGEX: Builtins = {
  "regex.find_n": ([pattern, text, count]) => {
    const limit = integerOperand(count);
    if (typeof pattern !== "string" || typeof text !== "string" || limit === undefined) return undefined;
    return find(pattern, text, limit < 0n ? Infinity : Number(limit));
  },
  "regex.split": ofStrings(split),
  "regex.replace": ([text, pattern, replacement]) => {
    if (typeof text !== "string" || typeof pattern !== "string" || typeof replacement !== "string")
      return undefined;
    return replace(text, pattern, replacement);
  },
  "regex.globs_match": ofStrings(globsIntersect),
  "regex.template_match": ([template, text, start, end]) => {
    if (typeof template !== "string" || typeof text !== "string") return undefined;
    if (!isDelimiter(start) || !isDelimiter(end)) return undefined;
    const pattern = templatePattern(template, start, end);
    return pattern === undefined ? undefined : matcherFor(pattern, text)?.find();
  },
};

/** Where the module's own RE2 has no value. */
export const REGEX_MATCH: Builtins = {
  "regex.find_all_string_submatch_n": ([pattern, text, count]) => {
    const limit = integerOperand(count);
    if (typeof pattern !== "string" || typeof text !== "string" || limit === undefined) return undefined;
    const matcher = matcherFor(pattern, text);
    return matcher && findMatches(matcher, text, limit < 0n ? Infinity : Number(limit)).map(textsIn(text));
  },
  "regex.is_valid": ([pattern]) => typeof pattern === "string" && compilePattern(pattern) !== undefined,
  "regex.match": ofStrings((pattern, text) => matcherFor(pattern, text)?.find()),
};

/** The texts of the whole and of each group, which is empty if it took no part. */
function textsIn(text: string): (match: Match) => readonly string[] {
  return (match) => match.map(([start, end]) => (start < 0 ? "" : text.slice(start, end)));
}

function find(pattern: string, text: string, limit: number): RegoValue | undefined {
  const matcher = matcherFor(pattern, text);
  return matcher && findMatches(matcher, text, limit).map(([whole]) => text.slice(...(whole ?? [0, 0])));
}

function split(pattern: string, text: string): RegoValue | undefined {
  const matcher = matcherFor(pattern, text);
  if (matcher === undefined || (pattern !== "" && text === "")) return matcher && [""];
  const parts: string[] = [];
  let begin = 0;
  let last = 0;
  for (const [whole] of findMatches(matcher, text, Infinity)) {
    const [start, end] = whole ?? [0, 0];
    if (end !== 0) parts.push(text.slice(begin, start));
    [begin, last] = [end, start];
  }
  return last === text.length ? parts : [...parts, text.slice(begin)];
}

function replace(text: string, pattern: string, replacement: string): RegoValue | undefined {
  const matcher = matcherFor(pattern, text);
  if (matcher === undefined) return undefined;
  const names = compilePattern(pattern)?.namedGroups() ?? {};
  const template = readTemplate(replacement, new Map(Object.entries(names)));
  let done = 0;
  const parts = findMatches(matcher, text, Infinity).map((match) => {
    const [start, end] = match[0] ?? [0, 0];
    const before = text.slice(done, start);
    done = end;
    return before + expand(template, match, text);
  });
  return parts.join("") + text.slice(done);
}

/** Text, or the number of a group that takes its place. */
type TemplatePart = string | number;

/** Go's `Regexp.Expand`: `$1`, `$name`, `${name}`, `$$`; a name is as long as it can be, so `$1x` is the group `1x`. */
function readTemplate(replacement: string, names: ReadonlyMap<string, number>): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (const found of replacement.matchAll(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu)) {
    const name = found[1] ?? found[2];
    parts.push(replacement.slice(at, found.index), name === undefined ? "$" : groupNumber(name, names));
    at = found.index + found[0].length;
  }
  return [...parts, replacement.slice(at)];
}

function groupNumber(name: string, names: ReadonlyMap<string, number>): number {
  return /^(?:0|[1-9]\d{0,8})$/.test(name) ? Number(name) : (names.get(name) ?? -1);
}

function expand(template: readonly TemplatePart[], match: Match, text: string): string {
  return template
    .map((part) => {
      if (typeof part === "string") return part;
      const [start, end] = match[part] ?? [-1, -1];
      return start < 0 ? "" : text.slice(start, end);
    })
    .join("");
}

/** One byte. */
function isDelimiter(value: RegoValue | undefined): value is string {
  return typeof value === "string" && value.length === 1 && value <= "\x7f";
}

/** v1/topdown/regex_template.go: patterns between delimiters, plain text elsewhere. Undefined if one is invalid. */
function templatePattern(template: string, start: string, end: string): string | undefined {
  let level = 0;
  let open = 0;
  let done = 0;
  let pattern = "^";
  for (let at = 0; at < template.length; at += 1) {
    // Where both delimiters are the same character, OPA takes each for an opening one.
    if (template[at] === start) {
      level += 1;
      if (level === 1) open = at;
    } else if (template[at] === end) {
      level -= 1;
      if (level < 0) return undefined;
      if (level > 0) continue;
      const part = template.slice(open + 1, at);
      if (compilePattern(`^${part}$`) === undefined) return undefined;
      pattern += `${quotePattern(template.slice(done, open))}(${part})`;
      done = at + 1;
    }
  }
  return level === 0 ? `${pattern}${quotePattern(template.slice(done))}$` : undefined;
}
