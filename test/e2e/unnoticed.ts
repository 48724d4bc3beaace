/** What people who write to a cluster notice of what is done to Portcullis meanwhile: nothing. */
import { expect } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { letInFromNow } from "../cluster/let-in.ts";
import { IN_BURSTS, sender, startLoad, timesOf, type Create } from "../cluster/load.ts";
import type { Replicas } from "../cluster/replicas.ts";
import { tell } from "../life/life.ts";
import { pod, SHOP } from "./objects.ts";

const PODS = `/api/v1/namespaces/${SHOP}/pods`;
export const BAD_POD = pod("bad", { container: { securityContext: { privileged: true } } });

/** Who is denied was judged: what nobody answers is another error. */
export const GOOD_AND_BAD: readonly Create[] = [
  { path: PODS, object: pod("good"), expected: 201 },
  { path: PODS, object: BAD_POD, expected: 403 },
];

/** A burst before the change and one after it: what it left behind shows on them. */
const AROUND_MS = (IN_BURSTS.together * 1_000) / IN_BURSTS.perSecond + 500;

/** Passes if all is answered as it must be while `change` runs and a little longer, always on new connections, too. */
export async function unnoticed(
  what: string,
  { controlPlane, replicas }: { readonly controlPlane: ControlPlane; readonly replicas: Replicas },
  change: () => Promise<void>,
): Promise<void> {
  const [letIn, connections] = [await letInFromNow(controlPlane), replicas.connections()];
  const load = startLoad(await sender(controlPlane), GOOD_AND_BAD, IN_BURSTS);
  try {
    await delay(AROUND_MS);
    await change();
    await delay(AROUND_MS);
  } finally {
    await load.end();
  }
  const { attempts } = load;
  tell(`${what}: ${attempts.length} requests, the slowest took ${timesOf(attempts).worst.toFixed(0)} ms`);
  const failures = attempts.flatMap(({ failure }) => failure ?? []);
  expect({ failures, letIn: await letIn() }).toEqual({ failures: [], letIn: {} });
  const bursts = attempts.length / IN_BURSTS.together;
  expect(bursts).toBeGreaterThanOrEqual(2);
  expect(replicas.connections() - connections).toBeGreaterThan(bursts / 2);
}
