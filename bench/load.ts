import { fileURLToPath } from "node:url";
import { z } from "zod";
import { mustRun } from "./processes.ts";

/** What a load generator does. It ends after `seconds` or `requests`, whichever is given. */
export const loadPlan = z.strictObject({
  url: z.string(),
  /** File with the body of every request. */
  body: z.string(),
  /** File with the certificate authority of the server. */
  ca: z.string(),
  connections: z.int(),
  seconds: z.number().optional(),
  requests: z.int().optional(),
  /**
   * Requests fall due at this rate whether or not earlier ones were answered, and their latency counts from then. Without
   * it every connection sends its next request as soon as it has its answer.
   */
  perSecond: z.number().optional(),
});
export type LoadPlan = z.infer<typeof loadPlan>;

/** What came of a LoadPlan. Latencies are milliseconds. */
const loadResult = z.strictObject({
  allowed: z.int(),
  denied: z.int(),
  /** Not HTTP 200, no AdmissionReview, or a broken connection. */
  failed: z.int(),
  /** Of a paced plan: due, and without an answer at the end; their latency so far is in the percentiles. */
  unanswered: z.int(),
  seconds: z.number(),
  perSecond: z.number(),
  p50: z.number(),
  p99: z.number(),
  worst: z.number(),
  /** Share of one core that the generator itself used; near 1 it limits what it measures. */
  ownProcessor: z.number(),
});
export type LoadResult = z.infer<typeof loadResult>;

const CLIENT = fileURLToPath(new URL("load-client.ts", import.meta.url));

/** Runs a load generator in a process of its own, on one core if told so. */
export async function load(plan: LoadPlan, core?: number): Promise<LoadResult> {
  const text = await mustRun({
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", CLIENT, JSON.stringify(plan)],
    ...(core === undefined ? {} : { core }),
  });
  return loadResult.parse(JSON.parse(text));
}

/** The result, if every answer was an admission; measuring a server that fails would measure nothing. */
export function onlyAdmissions(result: LoadResult, what: string): LoadResult {
  const { allowed, denied, failed } = result;
  if (denied === 0 && failed === 0 && allowed > 0) return result;
  throw new Error(
    `${what}: ${allowed} requests with a compliant body were admitted, ${denied} denied, ${failed} failed.`,
  );
}
