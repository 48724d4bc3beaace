import { setTimeout as delay } from "node:timers/promises";
import { namespaceData, type NamespaceData } from "../../admission/snapshot.ts";
import type { PortcullisError } from "../../error.ts";
import { objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { apiRequests } from "../api/request.ts";
import { followList, type FollowedList, type FollowedResource } from "./followed-list.ts";
import { asWrittenBinding, POLICY_BINDINGS } from "./policy-bindings.ts";
import { clusterAccess, type ClusterChoice } from "../api/kubeconfig.ts";
import { WATCHED_RESOURCES, type WatchedResource } from "./watched-resource.ts";

const RESOURCES: Readonly<Record<WatchedResource, FollowedResource>> = {
  namespaces: { name: "namespaces", path: "/api/v1/namespaces" },
  policybindings: POLICY_BINDINGS,
};

export interface ClusterFollower {
  /** Called once for changes that come together. */
  readonly changed: (resource: WatchedResource) => void;
  readonly failed: (resource: WatchedResource, error: PortcullisError) => void;
}

/** What decisions need of a cluster, kept current. */
export interface ClusterWatch {
  /** Settles when everything is known for the first time: nothing may be decided before. */
  readonly known: Promise<void>;
  readonly namespaces: () => ReadonlyMap<string, NamespaceData>;
  /** Whether a namespace is known, or gets known within `milliseconds`. */
  readonly namespaceAppears: (name: string, milliseconds: number) => Promise<boolean>;
  /** PolicyBindings as their authors wrote them, by name. */
  readonly bindings: () => readonly JsonObject[];
  /** The resources whose changes do not arrive now, with the reason. */
  readonly failures: () => readonly (readonly [WatchedResource, PortcullisError])[];
  readonly stop: () => void;
}

/** Milliseconds in which further changes are waited for: `kubectl apply` of a folder is one change. */
const QUIET = 50;

/** Throws KUBECONFIG_INVALID. An API server that cannot be reached is tried again for ever. */
export function watchCluster(choice: ClusterChoice, { changed, failed }: ClusterFollower): ClusterWatch {
  const access = clusterAccess(choice);
  const send = apiRequests(access);
  const timers = new Map<WatchedResource, NodeJS.Timeout>();
  const follow = (resource: WatchedResource): FollowedList =>
    followList(access, send, RESOURCES[resource], {
      failed: (error) => failed(resource, error),
      changed: () => {
        if (timers.has(resource)) return;
        const tell = (): void => {
          timers.delete(resource);
          changed(resource);
        };
        timers.set(resource, setTimeout(tell, QUIET));
      },
    });
  const lists = { namespaces: follow("namespaces"), policybindings: follow("policybindings") };
  return {
    known: Promise.all(WATCHED_RESOURCES.map((resource) => lists[resource].known)).then(() => undefined),
    namespaces: () => new Map(lists.namespaces.objects().map((object) => namespaceEntry(asWritten(object)))),
    namespaceAppears: (name, milliseconds) => appears(lists.namespaces, name, milliseconds),
    bindings: () => lists.policybindings.objects().map(asWrittenBinding).toSorted(byName),
    failures: () =>
      WATCHED_RESOURCES.flatMap((resource) => {
        const failure = lists[resource].failure();
        return failure === undefined ? [] : [[resource, failure] as const];
      }),
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      for (const resource of WATCHED_RESOURCES) lists[resource].stop();
    },
  };
}

/** Milliseconds between two looks for a namespace that is waited for. */
const LOOK = 10;

async function appears({ has }: FollowedList, name: string, milliseconds: number): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += LOOK) {
    if (has(name)) return true;
    await delay(LOOK);
  }
  return has(name);
}

function namespaceEntry(object: JsonObject): readonly [string, NamespaceData] {
  // Items of a list have no kind.
  const namespace = { apiVersion: "v1", kind: "Namespace", ...object };
  return [nameOf(namespace), namespaceData(namespace, JSON.stringify(namespace))];
}

/** Who manages which field is the API server's own matter, and larger than the rest. */
function asWritten(object: JsonObject): JsonObject {
  const { managedFields: _, ...metadata } = objectMember(object, "metadata") ?? {};
  return { ...object, metadata };
}

function nameOf(object: JsonObject): string {
  return stringMember(objectMember(object, "metadata"), "name") ?? "";
}

function byName(one: JsonObject, other: JsonObject): number {
  return nameOf(one) < nameOf(other) ? -1 : 1;
}
