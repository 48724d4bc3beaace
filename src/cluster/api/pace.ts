/** How often something may happen; times in milliseconds. */
export interface PaceOptions {
  /** So many times at once, after a rest. */
  readonly burst: number;
  /** And then once in each of these. */
  readonly interval: number;
  /** Since some moment; never goes back and never jumps. */
  readonly now: () => number;
}

/** Slows down what somebody else may make happen again and again. */
export class Pace {
  readonly #options: PaceOptions;
  /** Milliseconds of rest that were not used yet. */
  #rest: number;
  #asked: number;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#rest = options.burst * options.interval;
    this.#asked = options.now();
  }

  /** Whether it may happen now. */
  allows(): boolean {
    const { burst, interval, now } = this.#options;
    const asked = now();
    this.#rest = Math.min(burst * interval, this.#rest + asked - this.#asked);
    this.#asked = asked;
    return this.#rest >= interval;
  }

  /** It has happened. */
  count(): void {
    this.#rest -= this.#options.interval;
  }
}
