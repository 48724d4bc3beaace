import type { RegoValue } from "../value.ts";
import {
  type Builtin,
  type Builtins,
  integerOperand,
  integerValue,
  ofStrings,
  stringsOperand,
} from "./builtin.ts";

/** v1/topdown/strings.go, without what is native in WebAssembly. */
export const STRINGS: Builtins = {
  "strings.any_prefix_match": anyMatch((text, affix) => text.startsWith(affix)),
  "strings.any_suffix_match": anyMatch((text, affix) => text.endsWith(affix)),
  "strings.count": ofStrings((text, part) => integerValue(countParts(text, part))),
  "strings.split_n": ([text, delimiter, count]) => {
    const limit = integerOperand(count);
    if (typeof text !== "string" || typeof delimiter !== "string" || limit === undefined) return undefined;
    return splitN(text, delimiter, Number(limit));
  },
  indexof_n: ofStrings(indexesOf),
};

/** The first `limit` parts, or the last ones where it is negative. An empty delimiter stands between all characters. */
function splitN(text: string, delimiter: string, limit: number): RegoValue {
  const parts = delimiter === "" ? Array.from(text) : text.split(delimiter);
  return limit < 0 ? parts.slice(limit) : parts.slice(0, limit);
}

function anyMatch(matches: (text: string, affix: string) => boolean): Builtin {
  return ([texts, affixes]) => {
    const all = oneOrMore(texts);
    const wanted = oneOrMore(affixes);
    if (all === undefined || wanted === undefined) return undefined;
    return all.some((text) => wanted.some((affix) => matches(text, affix)));
  };
}

function oneOrMore(value: RegoValue | undefined): readonly string[] | undefined {
  return typeof value === "string" ? [value] : stringsOperand(value);
}

/** Go's `strings.Count`: occurrences that do not overlap; the empty string stands before each character and at the end. */
function countParts(text: string, part: string): number {
  return part === "" ? Array.from(text).length + 1 : text.split(part).length - 1;
}

/** Positions, in code points, of all occurrences, also of overlapping ones. */
function indexesOf(text: string, part: string): RegoValue | undefined {
  if (part === "") return undefined;
  const runes = Array.from(text);
  let unit = 0;
  return runes.flatMap((rune, index) => {
    const isHere = text.startsWith(part, unit);
    unit += rune.length;
    return isHere ? [integerValue(index)] : [];
  });
}
