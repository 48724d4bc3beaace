import { printable } from "../report/printable.ts";
import type { Output } from "./surroundings.ts";

/** Tells how far a long step is. */
export interface Progress {
  /** How far a step is, e.g. `evaluating 12/300`; drawn only now and then. */
  readonly step: (state: string) => void;
  /** One line about what is going on, which may quote anybody; for steps whose length is not known. */
  readonly say: (message: string) => void;
  /** Removes what is shown; call before anything else is printed. */
  readonly clear: () => void;
}

/** Nothing is shown before this many milliseconds have passed. */
const DELAY = 1_000;
/** How often a counter is drawn anew, in milliseconds. */
const INTERVAL = 100;

/**
 * Progress on standard error. Counters are drawn only on a terminal and only after a second; lines are written
 * anywhere, because they announce steps that take many seconds.
 */
export function progressOn(screen: Output, now: () => number): Progress {
  const start = now();
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) screen.write("\r\u001B[K");
    drawn = 0;
  };
  return {
    step: (state) => {
      const time = now();
      if (screen.isTTY !== true || time - start < DELAY || time - drawn < INTERVAL) return;
      screen.write(`\r\u001B[K${state}`);
      drawn = time;
    },
    say: (message) => {
      clear();
      screen.write(`${printable(message)}\n`);
    },
    clear,
  };
}
