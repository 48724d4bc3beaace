import { EventEmitter } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../cluster/api/wait-for.ts";
import type { Output } from "../surroundings.ts";

/** SIGHUP comes when the terminal is closed. */
const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a command that changes a cluster goes by, so that it can be ended between two steps. */
export interface Interruptible {
  readonly signal: AbortSignal;
  /** Its sleep ends with the signal. */
  readonly clock: Clock;
}

/**
 * Runs what a signal asks to end, and does not break off: it has to leave the cluster well. No further signal ends it, since
 * a shell and its terminal may both send one. The first is `told` at once: an open call may take most of a minute. Gives the
 * exit code: 1 after an interruption.
 */
export async function interruptible(
  signals: EventEmitter,
  run: (interruptible: Interruptible) => Promise<number>,
  told: () => void,
): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) return;
    interruption.abort();
    told();
  };
  for (const name of INTERRUPTIONS) signals.on(name, interrupt);
  const { signal } = interruption;
  const sleep = (milliseconds: number): Promise<unknown> => delay(milliseconds, undefined, { signal });
  try {
    return await run({ signal, clock: { now: () => performance.now(), sleep } });
  } catch (error) {
    // Whatever it met on its way out: who runs it again hears of that then.
    if (!signal.aborted) throw error;
    return 1;
  } finally {
    for (const name of INTERRUPTIONS) signals.off(name, interrupt);
  }
}

/** Nothing half done must be left behind because nobody reads what is said (EPIPE): the exit code tells. */
export function outliveReader(stderr: Output): void {
  if (stderr instanceof EventEmitter) stderr.on("error", () => undefined);
}
