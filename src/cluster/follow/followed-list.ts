import {
  ListWatch,
  Watch,
  type KubeConfig,
  type KubernetesObject,
  type ListPromise,
} from "@kubernetes/client-node";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
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
  /** Called after every attempt that failed, also if what it began did not last; there is always another. */
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
  items: z.array(z.custom<KubernetesObject>(isApiObject)),
});

/**
 * Lists the objects, watches them, and goes on where a watch ended. Once one has failed, everything is listed anew, and what
 * was known stays known meanwhile: an API server that was away may have come back with an older state of its store, and a
 * watch of versions that are gone would wait for them in silence. Only one that has too much to do (429) is not asked for a
 * list as well. What a list brought counts, though there may be no watch of it.
 */
export function followList(
  access: ClusterAccess,
  send: SendRequest,
  resource: FollowedResource,
  { changed, failed }: ListFollower,
): FollowedList {
  const { promise: known, resolve: isKnown } = Promise.withResolvers<void>();
  const end = new AbortController();
  const waits = growingWaits(end.signal);
  let listing: ListWatch<KubernetesObject> | undefined;
  let followed: ListWatch<KubernetesObject> | undefined;
  let failure: PortcullisError | undefined;
  end.signal.addEventListener("abort", () => void listing?.stop());
  const fail = (error: PortcullisError): void => failed((failure = error));

  const begin = (): void => {
    const informer = listWatch(access, send, { resource, signal: end.signal });
    listing = informer;
    // What a list brings is told once, when all of it is there.
    informer.on("change", () => {
      if (informer === followed && !end.signal.aborted) changed();
    });
    informer.on("error", (cause: unknown) => {
      if (informer !== listing || end.signal.aborted) return;
      // That a watch ends some day is no failure: the list that follows says whether there is one.
      if (!waits.hasLasted()) fail(watchEnded(resource.name, cause));
      // An API server that is loaded is there, and a list would load it more.
      waits.next(isOverloaded(cause) ? () => void attempt(informer) : begin);
    });
    void attempt(informer);
  };
  const attempt = async (informer: ListWatch<KubernetesObject>): Promise<void> => {
    const earlier = failure;
    await informer.start();
    // Ended while it listed, the library would go on to watch.
    if (end.signal.aborted) return void informer.stop();
    // What went wrong was told before `start` settles.
    if (failure === earlier) {
      waits.succeeded();
      failure = undefined;
    } else if (informer.latestResourceVersion() === "") return;
    const isOther = isOtherThan(followed, informer);
    followed = informer;
    isKnown();
    if (isOther) changed();
  };
  begin();
  return {
    known,
    objects: () => [...(followed?.list() ?? [])].filter(isJsonObject),
    has: (object) => followed?.get(object) !== undefined,
    failure: () => failure,
    stop: () => end.abort(),
  };
}

function isOtherThan(
  before: ListWatch<KubernetesObject> | undefined,
  now: ListWatch<KubernetesObject>,
): boolean {
  return before !== undefined && !isDeepStrictEqual(byName(before), byName(now));
}

function byName(informer: ListWatch<KubernetesObject>): ReadonlyMap<string, KubernetesObject> {
  return new Map(
    informer.list().map((each) => [`${each.metadata?.namespace ?? ""}/${each.metadata?.name ?? ""}`, each]),
  );
}

/** Longer from failure to failure, until something has lasted; none at the same moment as those of other replicas. */
function growingWaits(end: AbortSignal) {
  let wait = FIRST_WAIT;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  end.addEventListener("abort", () => clearTimeout(timer));
  // What is taken and broken off at once is no success.
  const hasLasted = (): boolean => since !== undefined && performance.now() - since >= LONGEST_WAIT;
  return {
    hasLasted,
    succeeded: (): void => {
      since = performance.now();
    },
    next: (run: () => void): void => {
      if (hasLasted()) wait = FIRST_WAIT;
      since = undefined;
      timer = setTimeout(run, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    },
  };
}

function listWatch(
  { kubeConfig }: ClusterAccess,
  send: SendRequest,
  { resource, signal }: { readonly resource: FollowedResource; readonly signal: AbortSignal },
): ListWatch<KubernetesObject> {
  const { name, path, only } = resource;
  const fieldSelector = only === undefined ? undefined : `metadata.name=${only}`;
  const list: ListPromise<KubernetesObject> = async () => {
    const query = fieldSelector === undefined ? {} : { fieldSelector };
    const answer = await send({ method: "GET", path, query, signal });
    return readAnswer(ObjectList, listed(answer, name), `list of ${name}`);
  };
  const delayFn = (milliseconds: number): Promise<void> =>
    delay(milliseconds, undefined, { signal }).catch(() => undefined);
  const watch = new GuardedWatch(kubeConfig, signal);
  return new ListWatch(path, watch, list, false, undefined, fieldSelector, { delayFn });
}

/**
 * The library begins a watch again, and takes what it brings, where nobody awaits it: credentials that cannot be read then,
 * or what is no object of the API, would end the process. And it begins one although it was stopped meanwhile, or if nothing
 * has answered the one before, as if that had only brought nothing.
 */
class GuardedWatch extends Watch {
  readonly #end: AbortSignal;

  constructor(kubeConfig: KubeConfig, end: AbortSignal) {
    super(kubeConfig);
    this.#end = end;
  }

  override async watch(
    ...[path, query, callback, done]: Parameters<Watch["watch"]>
  ): Promise<AbortController> {
    if (this.#end.aborted) return new AbortController();
    try {
      const taken = (phase: string, object: unknown): void => {
        if (phase === "ERROR" ? isJsonObject(object) : isApiObject(object)) callback(phase, object);
      };
      let isAnswered = false;
      const request = await super.watch(path, query, taken, (error: unknown) =>
        done(isAnswered || !isTimeout(error) ? error : new Error("no answer in time")),
      );
      isAnswered = true;
      if (this.#end.aborted) request.abort();
      return request;
    } catch (error) {
      done(error);
      return new AbortController();
    }
  }
}

/** What the library ends a watch with that was silent for 30 s. */
function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** As the library says how a watch was answered. */
function isOverloaded(cause: unknown): boolean {
  return cause instanceof Error && "statusCode" in cause && cause.statusCode === 429;
}

function isApiObject(value: unknown): boolean {
  return isJsonObject(value) && isJsonObject(value["metadata"]);
}

function watchEnded(name: string, cause: unknown): PortcullisError {
  if (cause instanceof PortcullisError) return cause;
  return new PortcullisError("CLUSTER_UNREACHABLE", {
    message: `The watch of ${name} ended: ${cause instanceof Error ? cause.message : String(cause)}.`,
    remedy: "It is begun again by itself; look at the API server if this goes on.",
    cause,
  });
}
