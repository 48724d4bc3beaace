import { LimitReached } from "./limit-reached.ts";

/** Levels of what one call goes through. */
const MAX_DEPTH = 500;

/** What one call of a builtin may still take; made for it and thrown away with it. */
export class CallLimits {
  #left: number;
  #depth = 0;
  readonly #stepsOfNode: number;

  /** `steps` are those of the call, `stepsOfNode` those that a level costs whatever is done there. */
  constructor(steps: number, stepsOfNode: number) {
    this.#left = steps;
    this.#stepsOfNode = stepsOfNode;
  }

  /** Steps that may still be taken. */
  get left(): number {
    return this.#left;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new LimitReached("would take too many steps");
  }

  /** Runs what looks at one node, so many levels deeper. */
  nest<T>(apply: () => T, levels = 1): T {
    this.spend(this.#stepsOfNode);
    if (this.#depth + levels > MAX_DEPTH) throw new LimitReached("would look at more than 500 levels");
    this.#depth += levels;
    try {
      return apply();
    } finally {
      this.#depth -= levels;
    }
  }
}
