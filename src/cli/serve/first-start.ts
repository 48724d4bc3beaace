import type { Pool } from "../../workers/pool.ts";
import type { Program } from "../../workers/program.ts";
import type { ClusterKnowledge } from "./cluster-knowledge.ts";
import { reasons, type ChangeWatch, type Loaded } from "./reload.ts";
import type { State } from "./state.ts";
import type { Telemetry } from "./telemetry.ts";

/** What decides, and what a person should know of it. */
export interface Started extends Loaded {
  readonly pool: Pool;
}

export interface Starting {
  readonly load: () => Promise<Loaded>;
  readonly startPool: (program: Program) => ReturnType<typeof Pool.start>;
  readonly state: Pick<State, "phase">;
  readonly changes: Pick<ChangeWatch, "next">;
  readonly cluster: Pick<ClusterKnowledge, "bindings">;
  readonly telemetry: Pick<Telemetry, "reloadFailed">;
}

/**
 * Without a cluster what cannot be loaded ends the server. What others write into a cluster must not: it is mended there,
 * and until then nothing is decided. Of a server that was told to stop nothing comes any more, and nothing is left behind.
 */
export async function firstStart(starting: Starting): Promise<Started> {
  const { state, changes, cluster, telemetry } = starting;
  for (;;) {
    try {
      return await startOnce(starting);
    } catch (error) {
      if (isStopped(state)) return never();
      if (cluster.bindings().length === 0) throw error;
      telemetry.reloadFailed(reasons(error, "Loading"));
    }
    await changes.next();
  }
}

async function startOnce({ load, startPool, state }: Starting): Promise<Started> {
  if (isStopped(state)) return never();
  state.phase = "loading";
  const loaded = await load();
  if (isStopped(state)) return never();
  state.phase = "evaluating";
  const { pool, notes } = await startPool(loaded.program);
  if (isStopped(state)) {
    await pool.stop();
    return never();
  }
  return { ...loaded, pool, notes: [...loaded.notes, ...notes] };
}

/** It may have been while something was awaited. */
function isStopped({ phase }: Starting["state"]): boolean {
  return phase === "draining";
}

/** What a start comes to that nobody waits for any more. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
