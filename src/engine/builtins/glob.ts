import { type Builtins, isArray } from "./builtin.ts";
import { globPattern } from "./glob-pattern.ts";
import { LimitReached } from "./limit-reached.ts";
import { kept, matcherFor } from "./pattern.ts";
import type { RegoValue } from "../value.ts";

/** v1/topdown/glob.go, without what is native in WebAssembly. */
export const GLOB: Builtins = {
  "glob.quote_meta": ([pattern]) =>
    typeof pattern === "string" ? pattern.replaceAll(/[*?\\[\]{}]/g, "\\$&") : undefined,
};

/** The module's own takes `^` for something else, and a line end for no character. */
export const GLOB_MATCH: Builtins = {
  "glob.match": ([glob, given, text]) => {
    const delimiters = delimitersOf(given);
    if (typeof glob !== "string" || delimiters === undefined || typeof text !== "string") return undefined;
    const pattern = kept(patterns, `${delimiters.length} ${delimiters.join("")}${glob}`, () =>
      globPattern(glob, delimiters),
    );
    if (pattern === undefined) return undefined;
    const matcher = matcherFor(pattern, text);
    if (matcher === undefined)
      throw new LimitReached("was given a glob with too many alternatives in one another");
    return matcher.find();
  },
};

/** By the delimiters, of one character each, and the glob. */
const patterns = new Map<string, string | undefined>();

/** No delimiters are a dot. */
function delimitersOf(value: RegoValue | undefined): readonly string[] | undefined {
  if (value === null) return [];
  if (!isArray(value)) return undefined;
  if (value.length === 0) return ["."];
  return value.every(isCharacter) ? value : undefined;
}

function isCharacter(value: RegoValue): value is string {
  return typeof value === "string" && /^[^]$/u.test(value);
}
