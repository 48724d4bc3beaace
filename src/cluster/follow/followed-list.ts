import { ListWatch, Watch, type KubernetesObject, type ListPromise } from "@kubernetes/client-node";
import { performance } from "node:perf_hooks";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";
import { listed } from "../api/error.ts";
import { readAnswer } from "../api/read-answer.ts";
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
 * Lists the objects, watches them, and goes on where a watch ended. Once one has failed, everything is listed anew, and what
 * was known stays known meanwhile: an API server that was away may have come back with an older state of its store, and a
 * watch of versions that are gone would wait for them in silence.
 */
export function followList(
  access: ClusterAccess,
  send: SendRequest,
  resource: FollowedResource,
  { changed, failed }: ListFollower,
): FollowedList {
  const { promise: known, resolve: isKnown } = Promise.withResolvers<void>();
  const end = new AbortController();
  const waits = growingWaits();
  let listing: ListWatch<KubernetesObject> | undefined;
  let followed: ListWatch<KubernetesObject> | undefined;
  let failure: PortcullisError | undefined;

  const attempt = async (): Promise<void> => {
    const informer = listWatch(access, (request) => send({ ...request, signal: end.signal }), resource);
    let hasFailed = false;
    listing = informer;
    // What a list brings is told once, when all of it is there.
    informer.on("change", () => {
      if (informer === followed && !end.signal.aborted) changed();
    });
    informer.on("error", (cause: unknown) => {
      if (informer !== listing || end.signal.aborted) return;
      hasFailed = true;
      failure = cause instanceof PortcullisError ? cause : watchEnded(resource.name, cause);
      failed(failure);
      waits.next(() => void attempt());
    });
    await informer.start();
    // Ended while it listed, the library would go on to watch.
    if (end.signal.aborted) return void informer.stop();
    // What went wrong was told before `start` settles.
    if (hasFailed) return;
    waits.succeeded();
    failure = undefined;
    const before = followed;
    followed = informer;
    if (before === undefined) isKnown();
    else if (!isDeepStrictEqual(byName(before), byName(informer))) changed();
  };
  void attempt();
  return {
    known,
    objects: () => (followed?.list() ?? []).map((object: unknown) => (isJsonObject(object) ? object : {})),
    has: (object) => followed?.get(object) !== undefined,
    failure: () => failure,
    stop: () => {
      end.abort();
      waits.stop();
      void listing?.stop();
    },
  };
}

function byName(informer: ListWatch<KubernetesObject>): ReadonlyMap<string, KubernetesObject> {
  return new Map(
    informer.list().map((each) => [`${each.metadata?.namespace ?? ""}/${each.metadata?.name ?? ""}`, each]),
  );
}

/** Longer from failure to failure, until something has lasted; none at the same moment as those of other replicas. */
function growingWaits() {
  let wait = FIRST_WAIT;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    succeeded: (): void => {
      since = performance.now();
    },
    next: (run: () => void): void => {
      // What is taken and broken off at once is no success.
      if (since !== undefined && performance.now() - since >= LONGEST_WAIT) wait = FIRST_WAIT;
      since = undefined;
      timer = setTimeout(run, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    },
    stop: (): void => clearTimeout(timer),
  };
}

function listWatch(
  { kubeConfig }: ClusterAccess,
  send: SendRequest,
  { name, path, only }: FollowedResource,
): ListWatch<KubernetesObject> {
  const fieldSelector = only === undefined ? undefined : `metadata.name=${only}`;
  const list: ListPromise<KubernetesObject> = async () => {
    const query = fieldSelector === undefined ? {} : { fieldSelector };
    const answer = await send({ method: "GET", path, query });
    return readAnswer(ObjectList, listed(answer, name), `list of ${name}`);
  };
  return new ListWatch(path, new ToldWatch(kubeConfig), list, false, undefined, fieldSelector);
}

/** The library begins a watch again where nobody awaits it: credentials that cannot be read then would end the process. */
class ToldWatch extends Watch {
  override async watch(
    ...[path, query, callback, done]: Parameters<Watch["watch"]>
  ): Promise<AbortController> {
    try {
      return await super.watch(path, query, callback, done);
    } catch (error) {
      done(error);
      return new AbortController();
    }
  }
}

function watchEnded(name: string, cause: unknown): PortcullisError {
  return new PortcullisError("CLUSTER_UNREACHABLE", {
    message: `The watch of ${name} ended: ${cause instanceof Error ? cause.message : String(cause)}.`,
    remedy: "It is begun again by itself; look at the API server if this goes on.",
    cause,
  });
}
