import type { CheckName, Level } from "./checks.ts";

/** Something that can be found. */
export interface Entry {
  readonly check: CheckName;
  readonly level: Level;
  /** Why it matters, one sentence. */
  readonly why: string;
}

const entry =
  (level: Level) =>
  (check: CheckName, why: string): Entry => ({ check, level, why });

/** Something does not work, or will not the next time. */
export const problem = entry("problem");
/** Somebody should look; it may be meant. */
export const warning = entry("warning");
/** It could not be looked at. */
export const unknown = entry("unknown");
