import { connectApi, type ApiConnection } from "../api-connection.ts";
import { knowCluster, type ClusterEvents, type ClusterKnowledge } from "./cluster-knowledge.ts";
import { startLeading, type Leading } from "./leading/leading.ts";
import type { ServeOptions } from "./options.ts";
import type { State } from "./state.ts";
import type { Telemetry } from "./telemetry.ts";
import type { ProcessSurroundings } from "../surroundings.ts";

/** What the server has to do with its cluster, if it has one. */
export interface ServedCluster {
  readonly knowledge: ClusterKnowledge;
  readonly leading: Leading;
  /** Undefined where neither certificates nor webhooks are kept. */
  readonly api: ApiConnection | undefined;
  /** All of it; settles when another replica can lead, or soon. */
  readonly stop: () => Promise<void>;
}

interface ClusterSurroundings {
  readonly state: Pick<State, "deciding">;
  readonly telemetry: Telemetry;
  readonly streams: Pick<ProcessSurroundings, "stdout">;
  readonly changed: ClusterEvents["changed"];
}

/** Begins to follow the cluster, and to take part in the election. Throws KUBECONFIG_INVALID. */
export async function joinCluster(
  options: ServeOptions,
  { state, telemetry, streams, changed }: ClusterSurroundings,
): Promise<ServedCluster> {
  const isKeeper = options.manageCertificates || options.keepWebhooks;
  const api = isKeeper ? await connectApi(options) : undefined;
  const knowledge = await knowCluster(options, { changed, failed: telemetry.clusterFailed });
  const leading = await startLeading(options, {
    api,
    stdout: streams.stdout,
    metrics: telemetry.metrics,
    deciding: () => state.deciding,
  });
  const stop = async (): Promise<void> => {
    knowledge.stop();
    await leading.stop();
  };
  return { knowledge, leading, api, stop };
}
