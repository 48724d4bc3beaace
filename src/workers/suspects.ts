/** How long a policy that has run out of time is suspect, in milliseconds. */
const PERIOD = 60_000;

/** Entrypoints that have run out of time within the last minute. */
export class Suspects {
  readonly #until = new Map<string, number>();
  #current: ReadonlySet<string> = new Set();

  /** `now` in milliseconds. */
  add(entrypoint: string, now: number): void {
    const isNew = !this.#until.has(entrypoint);
    this.#until.set(entrypoint, now + PERIOD);
    if (isNew) this.#current = new Set(this.#until.keys());
  }

  /** The same set as long as nothing changes. */
  at(now: number): ReadonlySet<string> {
    for (const [entrypoint, until] of this.#until) {
      if (until > now) continue;
      this.#until.delete(entrypoint);
      this.#current = new Set(this.#until.keys());
    }
    return this.#current;
  }

  /** Other policies decide now. */
  clear(): void {
    this.#until.clear();
    this.#current = new Set();
  }
}
