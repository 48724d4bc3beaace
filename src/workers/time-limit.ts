import { createContext, Script } from "node:vm";

/** A function that was broken off; undefined is a value. */
export type Limited<T> =
  | { readonly kind: "ended"; readonly value: T }
  /** `worked`: milliseconds of processor time; a thread that had to wait for a core has worked less than its time. */
  | { readonly kind: "stopped"; readonly worked: number };

/**
 * Runs functions that V8 breaks off after some milliseconds, WebAssembly among them, without ending the thread. What was
 * broken off runs no `finally` and leaves behind whatever it had begun. A call costs 0.3 ms, for a thread of V8's own that
 * watches the time: too much for every policy, little beside a new thread for one that has run out of time before.
 */
export class TimeLimit {
  readonly #holder: { run: () => void } = { run: () => undefined };
  readonly #context = createContext(this.#holder);
  readonly #script = new Script("run()");

  run<T>(milliseconds: number, work: () => T): Limited<T> {
    let result: Limited<T> | undefined;
    this.#holder.run = () => {
      result = { kind: "ended", value: work() };
    };
    const before = processorTime();
    try {
      this.#script.runInContext(this.#context, { timeout: milliseconds });
    } catch (error) {
      if (!isTimeout(error)) throw error;
    }
    // An older Node.js does not tell: there the time that went by has to do.
    return result ?? { kind: "stopped", worked: (processorTime() ?? milliseconds) - (before ?? 0) };
  }
}

/** Milliseconds of this thread; undefined before Node.js 23.9. */
function processorTime(): number | undefined {
  if (!("threadCpuUsage" in process)) return undefined;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function isTimeout(error: unknown): boolean {
  // The error comes from the context that was broken off, so it may be no `Error` of ours.
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
