import { ANY, readGlob, type Token } from "./glob-tokens.ts";
import { LimitReached } from "./limit-reached.ts";

/** Comparisons of two tokens; each `*` may double them. */
const MAX_COMPARISONS = 100_000;

/**
 * Whether some text matches both globs, step by step as github.com/yashtewari/glob-intersection decides it, which OPA
 * uses: what it gets wrong is kept. Undefined if one is no glob. Throws LimitReached if the search takes too long.
 */
export function globsIntersect(first: string, second: string): boolean | undefined {
  const a = readGlob(first);
  const b = readGlob(second);
  if (a === undefined || b === undefined) return undefined;
  return new Intersection().decide(a, b);
}

type Glob = readonly Token[];

/** One decision: counts its comparisons. */
class Intersection {
  #comparisons = 0;

  decide(a: Glob, b: Glob): boolean {
    const trimmed = this.#trim(a, b);
    return trimmed !== undefined && this.#normal(...trimmed);
  }

  /** Without what is plain at both ends but for one token; undefined if that does not match. */
  #trim(a: Glob, b: Glob): readonly [Glob, Glob] | undefined {
    let start = 0;
    while (arePlain(a[start], b[start])) {
      if (!this.#match(a[start], b[start])) return undefined;
      start += 1;
    }
    if (start > 0) start -= 1;
    let [endA, endB] = [a.length - 1, b.length - 1];
    while (endA >= start && endB >= start && arePlain(a[endA], b[endB])) {
      if (!this.#match(a[endA], b[endB])) return undefined;
      [endA, endB] = [endA - 1, endB - 1];
    }
    const kept = endA < a.length - 1 ? 2 : 1;
    return [a.slice(start, endA + kept), b.slice(start, endB + kept)];
  }

  #normal(a: Glob, b: Glob): boolean {
    const length = Math.min(a.length, b.length);
    for (let at = 0; at < length; at += 1) {
      if (!arePlain(a[at], b[at])) return this.#special(a.slice(at), b.slice(at));
      if (!this.#match(a[at], b[at])) return false;
    }
    return a.length === b.length;
  }

  #special(a: Glob, b: Glob): boolean {
    const [flagged, other] = a[0]?.flag === "" ? [b, a] : [a, b];
    return flagged[0]?.flag === "+" ? this.#plus(flagged, other) : this.#star(flagged, other);
  }

  #plus(flagged: Glob, other: Glob): boolean {
    if (!this.#match(flagged[0], other[0])) return false;
    if (this.#star(flagged, other.slice(1))) return true;
    return other[0]?.flag !== "" && this.#normal(flagged.slice(1), other);
  }

  #star(flagged: Glob, other: Glob): boolean {
    const next = flagged[1];
    for (const [index, token] of other.entries()) {
      const isNext = next !== undefined && this.#match(token, next);
      if (isNext && this.#normal(flagged.slice(1), other.slice(index))) return true;
      if (!this.#match(token, flagged[0])) return false;
    }
    return next === undefined;
  }

  #match(a: Token | undefined, b: Token | undefined): boolean {
    this.#comparisons += 1;
    if (this.#comparisons > MAX_COMPARISONS)
      throw new LimitReached("would try too many ways to match two globs");
    if (a === undefined || b === undefined) return false;
    // `.` matches even the empty set.
    if (a.ranges === ANY || b.ranges === ANY) return true;
    return a.ranges.some(([from, to]) => b.ranges.some(([start, end]) => from <= end && start <= to));
  }
}

function arePlain(a: Token | undefined, b: Token | undefined): boolean {
  return a?.flag === "" && b?.flag === "";
}
