/** Requests to the API server at a steady rate, as honest clients send them: on kept connections, and never again. */
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { performance } from "node:perf_hooks";
import { text } from "node:stream/consumers";
import type { ReachedApiServer } from "./api-servers.ts";
import { tokenIn } from "./identity.ts";

/** A create, and how it ends if nothing is wrong. */
export interface Create {
  /** e.g. `/api/v1/namespaces/shop/pods`. */
  readonly path: string;
  readonly object: object;
  /** HTTP status. */
  readonly expected: number;
}

/** What came of one create. Times in milliseconds. */
export interface Attempt {
  /** When it was due, by `performance.now()`; it is sent then, however many are without an answer. */
  readonly due: number;
  /** From then to the end of its answer. */
  readonly took: number;
  /** Undefined if all is as expected; otherwise the answer, or why there was none. */
  readonly failure: string | undefined;
}

/** Runs until it is ended. */
export interface Load {
  /** What was answered so far. */
  readonly attempts: readonly Attempt[];
  /** Settles when everything that is sent by now has its answer; the load goes on. */
  answered(): Promise<void>;
  /** Sends no more, and settles when everything has its answer. */
  end(): Promise<readonly Attempt[]>;
}

/** More than are ever open at once, unless the API server stands still. */
const MAX_SOCKETS = 256;
/** Below the API server's own limit of a minute. */
const ANSWER_MS = 30_000;

export type Send = (create: Create, due: number) => Promise<Attempt>;

/** Sends dry runs as `admin`. Its connections end with the program that uses it. */
export async function sender({
  server,
  kubeconfig,
}: Pick<ReachedApiServer, "server" | "kubeconfig">): Promise<Send> {
  const { host, port, ca } = server;
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, ca });
  const headers = {
    authorization: `Bearer ${tokenIn(await readFile(kubeconfig(), "utf8"))}`,
    "content-type": "application/json",
  };
  const answerTo = ({ path, object }: Create): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const options = { agent, host, port, method: "POST", path: `${path}?dryRun=All`, headers };
      const sent = request({ ...options, signal: AbortSignal.timeout(ANSWER_MS) }, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      sent.once("error", reject).end(JSON.stringify(object));
    });
  return async (create, due) => {
    const failure = await answerTo(create).then(
      ({ status, body }) => (status === create.expected ? undefined : `${status} ${body.trim()}`),
      (error: unknown) => String(error),
    );
    return { due, took: performance.now() - due, failure };
  };
}

/** How many fall due in a second, and how many of them at the same moment. */
export interface Rate {
  readonly perSecond: number;
  /** Default: 1, evenly. With many the API server needs more connections to a webhook than it keeps, so it makes new ones. */
  readonly together?: number;
}

/**
 * More at once than the 25 connections that an API server keeps for a webhook (k8s.io/apimachinery,
 * defaultTransport.MaxIdleConnsPerHost), so it makes new ones for each burst: a certificate is looked at, and an endpoint
 * chosen, only when a connection is made.
 */
export const IN_BURSTS = { perSecond: 20, together: 40 } as const satisfies Rate;

/** `creates` are sent in turn. */
export function startLoad(send: Send, creates: readonly Create[], { perSecond, together = 1 }: Rate): Load {
  const begin = performance.now();
  const dueAt = (index: number): number => begin + (index - (index % together)) * (1_000 / perSecond);
  const attempts: Attempt[] = [];
  const open = new Set<Promise<unknown>>();
  let sent = 0;
  const timer = setInterval(() => {
    for (; dueAt(sent) <= performance.now(); sent += 1) {
      const create = creates[sent % creates.length];
      if (create === undefined) continue;
      const attempt = send(create, dueAt(sent)).then((each) => attempts.push(each));
      open.add(attempt);
      void attempt.then(() => open.delete(attempt));
    }
  }, 1);
  return {
    attempts,
    answered: async () => void (await Promise.all(open)),
    end: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return attempts;
    },
  };
}

/** From the time at which each was due to the end of its answer, in milliseconds; NaN if there were none. */
export interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export function timesOf(attempts: readonly Attempt[]): Times {
  const sorted = attempts.map(({ took }) => took).toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: quantile(0.5), p99: quantile(0.99), worst: quantile(1) };
}
