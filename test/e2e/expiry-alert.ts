/** The alert condition of docs/reference/metrics.md, asked of servers as Prometheus asks it. */
import { readFile } from "node:fs/promises";
import type { Replica } from "../cluster/replica.ts";

export const EXPIRY = "portcullis_certificate_expiry_timestamp_seconds";

/** What the documented expression says of the metrics of all replicas. Rejects if one does not have the metric. */
export async function isAlerting(replicas: readonly Pick<Replica, "metrics">[]): Promise<boolean> {
  const threshold = await documentedThreshold();
  const values = await Promise.all(replicas.map(expiryAt));
  return Math.min(...values) - Date.now() / 1_000 < threshold;
}

/** In Unix seconds. */
async function expiryAt(replica: Pick<Replica, "metrics">): Promise<number> {
  const value = (await replica.metrics()).get(EXPIRY);
  if (value === undefined) throw new Error(`/metrics has no ${EXPIRY}.`);
  return value;
}

/** Of `min(metric) - time() < threshold`, in seconds. */
async function documentedThreshold(): Promise<number> {
  const page = await readFile("docs/reference/metrics.md", "utf8");
  const expression = new RegExp(`^min\\(${EXPIRY}\\) - time\\(\\) < ([\\d *]+)$`, "m").exec(page)?.[1];
  if (expression === undefined) throw new Error("The page has no alert for the end of a certificate.");
  return expression.split("*").reduce((product, factor) => product * Number(factor), 1);
}
