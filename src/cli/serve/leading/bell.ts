import { setTimeout as delay } from "node:timers/promises";

/** Wakes one who waits; rung while nobody does, it wakes the next at once. */
export class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  /** Settles when it rings or has rung since the last time, after so many milliseconds, or with the signal. */
  async rings(milliseconds: number, signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const either = AbortSignal.any([signal, waiting.signal]);
    const late = delay(milliseconds, undefined, { signal: either }).catch(() => undefined);
    await Promise.race([this.#rung.promise, late]);
    waiting.abort();
    this.#rung = Promise.withResolvers();
  }
}
