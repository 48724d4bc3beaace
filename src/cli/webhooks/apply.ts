import type { EventEmitter } from "node:events";
import type { WantedWebhooks } from "../../cluster/install/steps.ts";
import type { ClusterChoice } from "../../cluster/api/kubeconfig.ts";
import { interruptible, type Interruptible } from "./interruption.ts";

/** Installs the configurations into a cluster and gives the exit code. A signal takes back what was begun. */
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
  const install = async ({ clock, signal }: Interruptible): Promise<number> => {
    const cluster = webhookCluster(apiRequests(access));
    const changed = await installWebhooks(wanted, cluster, { clock, say, signal });
    say(
      changed
        ? `the webhooks are installed at ${access.server}`
        : `the webhooks at ${access.server} are already so`,
    );
    return 0;
  };
  return interruptible(signals, install, () =>
    say("interrupted, and ends with the answer that is waited for: what was begun is taken back"),
  );
}
