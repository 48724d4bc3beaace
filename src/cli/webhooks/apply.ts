import type { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { WantedWebhooks } from "../../cluster/install/steps.ts";
import type { ClusterChoice } from "../../cluster/api/kubeconfig.ts";

/** SIGHUP comes when the terminal is closed. */
const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Installs the configurations into a cluster and gives the exit code. A signal takes back what was begun, and no further
 * one ends that: a shell and its terminal may both send one.
 */
export async function applyWebhooks(
  wanted: WantedWebhooks,
  choice: ClusterChoice,
  { say, signals }: { readonly say: (message: string) => void; readonly signals: EventEmitter },
): Promise<number> {
  // The client's library is large, and who only prints does not need it.
  const [{ apiRequests }, { webhookCluster }, { clusterAccess }, { installWebhooks }] = await Promise.all([
    import("../../cluster/api/request.ts"),
    import("../../cluster/install/client.ts"),
    import("../../cluster/api/kubeconfig.ts"),
    import("../../cluster/install/install.ts"),
  ]);
  const access = clusterAccess(choice);
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  for (const name of INTERRUPTIONS) signals.on(name, interrupt);
  const { signal } = interruption;
  const clock = {
    now: Date.now,
    sleep: (milliseconds: number) => delay(milliseconds, undefined, { signal }),
  };
  try {
    const changed = await installWebhooks(wanted, webhookCluster(apiRequests(access)), {
      clock,
      say,
      signal,
    });
    say(
      changed
        ? `the webhooks are installed at ${access.server}`
        : `the webhooks at ${access.server} are already so`,
    );
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    say("interrupted");
    return 1;
  } finally {
    for (const name of INTERRUPTIONS) signals.off(name, interrupt);
  }
}
