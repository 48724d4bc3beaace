/** What a kubelet finds out about one replica, and does to end it. */
import { setTimeout as delay } from "node:timers/promises";
import type { Deployed, Probe } from "./deployed.ts";
import type { Replica } from "./replica.ts";

/** How often a kubelet looks which containers still run (k8s.io/kubernetes, pkg/kubelet, genericPlegRelistPeriod). */
const RELIST_MS = 1_000;

/**
 * Probes as the kubelet does until the replica has ended (k8s.io/kubernetes, pkg/kubelet/prober): the startup probe until it
 * succeeds once, then the readiness probe, at once and at every period. `changed` is told each change; nobody is ready at first.
 */
export async function probe(
  replica: Pick<Replica, "get" | "ended">,
  { startupProbe, readinessProbe }: Deployed,
  changed: (isReady: boolean) => void,
): Promise<void> {
  const running = { hasEnded: false };
  const ended = replica.ended.then(() => {
    running.hasEnded = true;
  });
  const wait = ({ periodSeconds }: Probe): Promise<void> =>
    Promise.race([ended, pause(periodSeconds * 1_000)]);
  while (!running.hasEnded && !(await succeeds(replica, startupProbe))) await wait(startupProbe);
  let isReady = false;
  for (let failures = 0; !running.hasEnded; await wait(readinessProbe)) {
    failures = (await succeeds(replica, readinessProbe)) ? 0 : failures + 1;
    const isReadyNow: boolean = failures === 0 || (isReady && failures < readinessProbe.failureThreshold);
    if (isReadyNow !== isReady) changed(isReadyNow);
    isReady = isReadyNow;
  }
  await pause(RELIST_MS);
  if (isReady) changed(false);
}

/** Keeps nobody alive who forgot a replica. */
function pause(milliseconds: number): Promise<void> {
  return delay(milliseconds, undefined, { ref: false });
}

async function succeeds(replica: Pick<Replica, "get">, { httpGet, timeoutSeconds }: Probe): Promise<boolean> {
  const { status } = await replica.get(httpGet.path, timeoutSeconds * 1_000).catch(() => ({ status: 0 }));
  return status >= 200 && status < 400;
}

/** The end of a Pod that is deleted: preStop, SIGTERM, and SIGKILL when its grace period is over. Gives how it ended. */
export async function endPod(
  replica: Pick<Replica, "signal" | "ended">,
  { preStop, gracePeriod }: Deployed,
): Promise<string> {
  await delay(preStop);
  replica.signal("SIGTERM");
  const kill = setTimeout(() => replica.signal("SIGKILL"), gracePeriod - preStop);
  const end = await replica.ended;
  clearTimeout(kill);
  return end;
}
