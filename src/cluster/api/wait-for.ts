/** Time as it is handed in. */
export interface Clock {
  /** Milliseconds since some moment. */
  readonly now: () => number;
  /** Settles after so many milliseconds; rejects when it is interrupted. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** How one attempt ended. */
export type Attempt = { readonly kind: "done" } | { readonly kind: "again"; readonly reason: string };

/** API servers notice a new configuration within seconds; Pods that start take longer. */
const PATIENCE = 60_000;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 2_000;

interface Waiting {
  readonly clock: Clock;
  /** Hears what is waited for, each reason once. */
  readonly say: (message: string) => void;
  /** Milliseconds; default: a minute. */
  readonly patience?: number;
}

/** Tries until it is done, ever more slowly. Gives the last reason why it never was, or undefined. */
export async function waitFor(
  attempt: () => Promise<Attempt>,
  { clock, say, patience = PATIENCE }: Waiting,
): Promise<string | undefined> {
  let told = "";
  const end = clock.now() + patience;
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const result = await attempt();
    if (result.kind === "done") return undefined;
    if (clock.now() + wait > end) return result.reason;
    if (result.reason !== told) say(`waiting: ${result.reason}`);
    told = result.reason;
    await clock.sleep(wait);
  }
}
