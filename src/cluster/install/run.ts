import type { Clock } from "../api/wait-for.ts";
import type { WebhookCluster } from "./cluster.ts";
import type { WrittenConfigurations } from "./rollback.ts";

/** What installing needs besides the cluster. */
export interface InstallSurroundings {
  readonly clock: Clock;
  /** Tells a person what was done. */
  readonly say: (message: string) => void;
  /** Once aborted, nothing more is installed, and what was there before comes back. */
  readonly signal: AbortSignal;
}

/** One call of `installWebhooks`. */
export interface Run {
  readonly cluster: WebhookCluster;
  readonly surroundings: InstallSurroundings;
  readonly written: WrittenConfigurations;
}
