import { metricValues } from "../contract/metric-values.ts";
import type { ReachedApiServer } from "./api-servers.ts";
import { ControlPlaneError } from "./control-plane-error.ts";

const LET_IN = /^apiserver_admission_webhook_fail_open_count\{.*\bname="(?<webhook>[^"]*)"/;

type Counts = Readonly<Record<string, number>>;

/**
 * Begins to count the calls that an API server gives up under Ignore. The object goes in as if the webhook had allowed it,
 * so nobody who writes sees any of them. What is given tells how many there were since, by webhook; `{}` if there were none.
 * Throws ControlPlaneError.
 */
export async function letInFromNow(
  server: Pick<ReachedApiServer, "kubectl">,
): Promise<() => Promise<Counts>> {
  const before = await letIn(server);
  return async () => {
    const growth = Object.entries(await letIn(server)).map(
      ([webhook, count]) => [webhook, count - (before[webhook] ?? 0)] as const,
    );
    return Object.fromEntries(growth.filter(([, count]) => count > 0));
  };
}

/** Since the API server started. */
async function letIn({ kubectl }: Pick<ReachedApiServer, "kubectl">): Promise<Counts> {
  const { code, stdout, stderr } = await kubectl(["get", "--raw", "/metrics"]);
  if (code !== 0) throw new ControlPlaneError(`The API server does not show its metrics: ${stderr.trim()}`);
  const counts = new Map<string, number>();
  for (const [series, value] of metricValues(stdout)) {
    const webhook = LET_IN.exec(series)?.groups?.["webhook"];
    if (webhook !== undefined) counts.set(webhook, (counts.get(webhook) ?? 0) + value);
  }
  return Object.fromEntries(counts);
}
