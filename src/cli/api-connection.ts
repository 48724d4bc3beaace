import { performance } from "node:perf_hooks";
import type { ApiClock } from "../cluster/api/clock.ts";
import type { SendRequest } from "../cluster/api/request.ts";
import type { ClusterAccess, ClusterChoice } from "../cluster/api/kubeconfig.ts";

/** How a server that keeps its own certificates or webhooks speaks to the API server. */
export interface ApiConnection {
  readonly access: ClusterAccess;
  /** Each answer sets the clock. */
  readonly send: SendRequest;
  readonly clock: ApiClock;
}

/** Throws KUBECONFIG_INVALID. */
export async function connectApi(choice: ClusterChoice): Promise<ApiConnection> {
  // The client's library is large, and a server beside no cluster does not need it.
  const [{ ApiClock }, { apiRequests }, { clusterAccess }] = await Promise.all([
    import("../cluster/api/clock.ts"),
    import("../cluster/api/request.ts"),
    import("../cluster/api/kubeconfig.ts"),
  ]);
  const access = clusterAccess(choice);
  const clock = new ApiClock({ date: () => new Date(), monotonic: () => performance.now() });
  return { access, send: clock.setBy(apiRequests(access)), clock };
}
