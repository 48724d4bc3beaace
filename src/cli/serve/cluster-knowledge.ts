import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { NamespaceData } from "../../admission/snapshot.ts";
import type { ClusterWatch } from "../../cluster/follow/cluster-watch.ts";
import type { ClusterChoice } from "../../cluster/api/kubeconfig.ts";
import type { WatchedResource } from "../../cluster/follow/watched-resource.ts";
import { PortcullisError } from "../../error.ts";
import type { JsonObject } from "../../policy/json.ts";
import type { Check } from "../../server/operations.ts";
import type { Review } from "../../workers/review-call.ts";

/** `--cluster` and what says which. */
export interface ClusterOptions extends ClusterChoice {
  readonly cluster: boolean;
}

/** What the server knows of the cluster that it guards. */
export interface ClusterKnowledge {
  /** Settles when everything is known for the first time. */
  readonly known: Promise<void>;
  readonly namespaces: () => ReadonlyMap<string, NamespaceData>;
  readonly bindings: () => readonly JsonObject[];
  /** Whether a namespace is known, or gets known within `milliseconds`; undefined where no cluster is followed. */
  readonly namespaceAppears: ((name: string, milliseconds: number) => Promise<boolean>) | undefined;
  readonly checks: readonly Check[];
  readonly stop: () => void;
}

export interface ClusterEvents {
  readonly changed: (resource: WatchedResource) => void;
  readonly failed: (resource: WatchedResource, error: PortcullisError) => void;
}

const NO_CLUSTER: ClusterKnowledge = {
  known: Promise.resolve(),
  namespaces: () => new Map(),
  bindings: () => [],
  namespaceAppears: undefined,
  checks: [],
  stop: () => undefined,
};

/** Follows the Namespaces and PolicyBindings of a cluster; without `--cluster` there are none. Throws KUBECONFIG_INVALID. */
export async function knowCluster(options: ClusterOptions, events: ClusterEvents): Promise<ClusterKnowledge> {
  if (!options.cluster) {
    checkUnchosen(options);
    return NO_CLUSTER;
  }
  // The client's library is large, and a server beside no cluster does not need it.
  const { watchCluster } = await import("../../cluster/follow/cluster-watch.ts");
  const watch = watchCluster(options, events);
  let isKnown = false;
  const known = watch.known.then(() => {
    isKnown = true;
  });
  return { ...watch, known, checks: clusterChecks(watch, () => isKnown) };
}

function clusterChecks({ failures }: ClusterWatch, isKnown: () => boolean): readonly Check[] {
  const reason = (): string | undefined => {
    const failed = failures().map(([resource, { message }]) => `${resource}: ${message}`);
    return failed.length === 0 ? undefined : failed.join(" ");
  };
  return [
    {
      name: "cluster",
      failure: () =>
        isKnown() ? undefined : (reason() ?? "not every namespace and policy binding is known yet"),
    },
    {
      name: "cluster-watch",
      // What is known may be old, but a replica that decides by it is better than none.
      isRemark: true,
      failure: () => (isKnown() ? reason() : undefined),
    },
  ];
}

function checkUnchosen({ kubeconfig, context }: ClusterOptions): void {
  if (kubeconfig === undefined && context === undefined) return;
  throw new PortcullisError("USAGE", {
    message: "--kubeconfig and --context say which cluster is followed, but none is without --cluster.",
    remedy: "Add --cluster, or leave them out.",
  });
}

/**
 * Milliseconds that a request waits for its namespace: far more than the API server needs to tell of a new one, unless its
 * machine stands still. Whoever waits has no thread and no place in a queue, only a connection and the memory of its body,
 * which whoever sends slowly has for longer. For a namespace that never comes hardly anybody waits: the API server itself
 * refuses to write into it before it asks webhooks (NamespaceLifecycle).
 */
const NAMESPACE_PATIENCE = 5_000;
/** Part of the remaining time that may be waited; the rest is for the second decision. */
const WAITING_SHARE = 1 / 2;
/** Milliseconds in which the namespace is looked for all the time. */
const CLOSE_WATCH = 1_000;
/** Milliseconds between two looks after that: a namespace that never comes takes little of the main thread. */
const RARE_LOOK = 100;

/**
 * The API server tells of a new namespace some milliseconds after it takes the first objects in it: `kubectl apply` of a
 * file with both is faster. Such an object is decided again when its namespace is known. `learn` hands over what is known.
 */
export function knowingNamespaces(
  review: Review,
  namespaceAppears: NonNullable<ClusterKnowledge["namespaceAppears"]>,
  learn: () => void,
): Review {
  const appearsBy = async (name: string, end: number): Promise<boolean> => {
    if (await namespaceAppears(name, Math.min(CLOSE_WATCH, end - performance.now()))) return true;
    while (performance.now() < end) {
      await delay(RARE_LOOK);
      if (await namespaceAppears(name, 0)) return true;
    }
    return false;
  };
  return async (call) => {
    const result = await review(call);
    if (result.kind !== "decided" || result.unknownNamespace === undefined) return result;
    const now = performance.now();
    const patience = Math.min(NAMESPACE_PATIENCE, (call.deadline - now) * WAITING_SHARE);
    if (!(await appearsBy(result.unknownNamespace, now + patience))) return result;
    learn();
    return review(call);
  };
}
