import { LimitReached } from "../limit-reached.ts";

/** Levels of what one call goes through: nodes in nodes, fragments in fragments. */
const MAX_DEPTH = 500;

/** Steps of one call, which take some tenths of a second: a token, a node looked at, a pair of fields compared. */
const MAX_STEPS = 2 ** 21;

/** The text is no GraphQL, or it is not valid, or OPA itself panics. No message: no result tells why. */
export class InvalidGraphql extends Error {
  override readonly name = "InvalidGraphql";
}

/** What one call may still take; made for it and thrown away with it. */
export class Limits {
  #steps = MAX_STEPS;
  #depth = 0;

  /** Steps that may still be taken. */
  get left(): number {
    return this.#steps;
  }

  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new LimitReached("would take too many steps");
  }

  /** Runs what looks at one node, so many levels deeper. */
  nest<T>(apply: () => T, levels = 1): T {
    this.spend(1);
    if (this.#depth + levels > MAX_DEPTH) throw new LimitReached("would look at more than 500 levels");
    this.#depth += levels;
    try {
      return apply();
    } finally {
      this.#depth -= levels;
    }
  }
}

/** What must be there; where OPA would panic for want of it, the document is invalid. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new InvalidGraphql();
  return value;
}

/** One thing that makes a document invalid. */
export function check(isValid: boolean): void {
  if (!isValid) throw new InvalidGraphql();
}
