import { ListWatch, Watch, type KubernetesObject, type ListPromise } from "@kubernetes/client-node";
import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";
import { listed } from "../api/error.ts";
import type { SendRequest } from "../api/request.ts";
import type { ClusterAccess } from "../api/kubeconfig.ts";

/** A resource whose objects are followed. */
export interface FollowedResource {
  /** As in `kubectl get`, for messages. */
  readonly name: string;
  /** e.g. `/api/v1/namespaces`. */
  readonly path: string;
  /** The only object that is followed; default: all. Permission for this one is enough. */
  readonly only?: string;
}

export interface ListFollower {
  /** Called after every change of what is known; often several times in a row. */
  readonly changed: () => void;
  /** Called after every attempt that failed; there is always another. */
  readonly failed: (error: PortcullisError) => void;
}

/** All objects of a resource, kept current. */
export interface FollowedList {
  /** Settles when the objects are known for the first time; never rejects. */
  readonly known: Promise<void>;
  /** As they are now or, while `failure` is defined, as they were when the API server was last heard. */
  readonly objects: () => readonly JsonObject[];
  readonly has: (name: string) => boolean;
  /** Why changes do not arrive now. */
  readonly failure: () => PortcullisError | undefined;
  readonly stop: () => void;
}

/** Milliseconds between attempts. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5_000;

const ObjectList = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  items: z.array(z.custom<KubernetesObject>(isJsonObject)),
});

/**
 * Lists the objects, watches them, and begins again whenever that ends: what was known stays known meanwhile. The
 * library lists anew if the API server has forgotten where the watch was (410).
 */
export function followList(
  { kubeConfig }: ClusterAccess,
  send: SendRequest,
  { name, path, only }: FollowedResource,
  { changed, failed }: ListFollower,
): FollowedList {
  const fieldSelector = only === undefined ? undefined : `metadata.name=${only}`;
  const list: ListPromise<KubernetesObject> = async () => {
    const query = fieldSelector === undefined ? {} : { fieldSelector };
    const answer = await send({ method: "GET", path, query });
    return ObjectList.parse(listed(answer, name));
  };
  const informer = new ListWatch(path, new Watch(kubeConfig), list, false, undefined, fieldSelector);
  const { promise: known, resolve: isKnown } = Promise.withResolvers<void>();
  let failure: PortcullisError | undefined;
  let wait = FIRST_WAIT;
  let timer: NodeJS.Timeout | undefined;
  let isListed = false;
  let isStopped = false;

  const attempt = async (): Promise<void> => {
    failure = undefined;
    await informer.start();
    // What went wrong was told before `start` settles.
    if (failure !== undefined || isStopped) return;
    wait = FIRST_WAIT;
    isListed = true;
    isKnown();
  };
  // What the first list brings is no change: whoever waits for `known` reads it then.
  informer.on("change", () => {
    if (isListed) changed();
  });
  informer.on("error", (cause: unknown) => {
    if (isStopped) return;
    failure = cause instanceof PortcullisError ? cause : watchEnded(name, cause);
    failed(failure);
    timer = setTimeout(() => void attempt(), wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
  void attempt();
  return {
    known,
    objects: () => informer.list().map((object: unknown) => (isJsonObject(object) ? object : {})),
    has: (object) => informer.get(object) !== undefined,
    failure: () => failure,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      void informer.stop();
    },
  };
}

function watchEnded(name: string, cause: unknown): PortcullisError {
  return new PortcullisError("CLUSTER_UNREACHABLE", {
    message: `The watch of ${name} ended: ${cause instanceof Error ? cause.message : String(cause)}.`,
    remedy: "It is begun again by itself; look at the API server if this goes on.",
    cause,
  });
}
