import type { Pool } from "../../workers/pool.ts";
import type { Program } from "../../workers/program.ts";
import type { ClusterKnowledge } from "./cluster-knowledge.ts";
import { reasons, type ChangeWatch } from "./reload.ts";
import type { Telemetry } from "./telemetry.ts";

/** What decides, and what a person should know of it. */
export interface Started {
  readonly program: Program;
  readonly pool: Pool;
  readonly notes: readonly string[];
}

interface Starting {
  readonly changes: ChangeWatch;
  readonly cluster: ClusterKnowledge;
  readonly telemetry: Telemetry;
}

/**
 * Without a cluster what cannot be loaded ends the server. What others write into a cluster must not: it is mended there,
 * and until then nothing is decided.
 */
export async function firstStart(
  start: () => Promise<Started>,
  { changes, cluster, telemetry }: Starting,
): Promise<Started> {
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (cluster.bindings().length === 0) throw error;
      telemetry.reloadFailed(reasons(error, "Loading"));
    }
    await changes.next();
  }
}
