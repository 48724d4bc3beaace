import { Pace } from "../../cluster/api/pace.ts";

/** Milliseconds after which what still lasts is told again: whoever looks at the last hour of a log finds it. */
const REMINDER = 60 * 60 * 1_000;

/** Milliseconds without a word after which something is over: whoever tries again waits 40 s for an answer at most. */
const SILENCE = 2 * 60 * 1_000;

/** Lines at once, and then as many in an hour. */
const BURST = 10;

/**
 * What a log was told of one thing that may last for days, or come again every second: when it begins, every hour while
 * it lasts, and never more than ten lines at once. The metrics count each time. Lives as long as the process.
 */
export class Told {
  /** Milliseconds since some moment; never goes back and never jumps. */
  readonly #now: () => number;
  readonly #pace: Pace;
  /** When each text was told, of what lasts now and was told within the last hour. */
  readonly #texts = new Map<string, number>();
  /** Whether the log was told of what lasts now. */
  #isTold = false;
  #heard = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
    this.#pace = new Pace({ burst: BURST, interval: REMINDER / BURST, now });
  }

  /** Whether the log is to be told that something has happened. */
  happened(): boolean {
    if (!this.#pace.allows()) return false;
    this.#pace.count();
    return true;
  }

  /** Whether the log is to be told what goes wrong; asked each time that it does. */
  lasts(text: string): boolean {
    const now = this.#now();
    if (now - this.#heard > SILENCE) this.ends();
    this.#heard = now;
    // Some fault has another text each time, for years.
    for (const [each, told] of this.#texts) if (now - told >= REMINDER) this.#texts.delete(each);
    if (this.#texts.has(text) || !this.happened()) return false;
    this.#texts.set(text, now);
    this.#isTold = true;
    return true;
  }

  /** It is over. Gives whether the log is to be told, which is if it was told of it. */
  ends(): boolean {
    const wasTold = this.#isTold;
    this.#texts.clear();
    this.#isTold = false;
    return wasTold;
  }
}
