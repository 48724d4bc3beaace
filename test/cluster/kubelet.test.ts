import { expect, test } from "@jest/globals";
import type { Deployed } from "./deployed.ts";
import { endPod, probe } from "./kubelet.ts";
import type { Replica } from "./replica.ts";

const PROBE = { periodSeconds: 0.001, timeoutSeconds: 1, failureThreshold: 2 };
const DEPLOYED: Deployed = {
  drain: "--drain=0",
  preStop: 1,
  gracePeriod: 20,
  startupProbe: { ...PROBE, httpGet: { path: "/livez" } },
  readinessProbe: { ...PROBE, httpGet: { path: "/readyz" } },
};

/** Ends by a signal; `answers` are the statuses of its pages, one for each probe. */
function replica(answers: Readonly<Record<string, readonly number[]>>, endsWith = "SIGKILL") {
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const left = new Map(Object.entries(answers).map(([path, statuses]) => [path, [...statuses]]));
  const signals: NodeJS.Signals[] = [];
  const played: Pick<Replica, "get" | "ended" | "signal"> = {
    ended,
    signal: (name) => {
      signals.push(name);
      if (name === endsWith) end(`signal ${name}`);
    },
    get: async (path) => {
      const status = left.get(path)?.shift();
      if (status !== undefined) return { status, body: "" };
      end("exit code 0");
      throw new Error("it does not listen any more");
    },
  };
  return { played, signals };
}

async function changesOf(answers: Readonly<Record<string, readonly number[]>>): Promise<readonly boolean[]> {
  const changes: boolean[] = [];
  await probe(replica(answers).played, DEPLOYED, (isReady) => changes.push(isReady));
  return changes;
}

test("a replica gets ready with the first probe of /readyz after it is alive", async () => {
  expect(await changesOf({ "/livez": [503, 200], "/readyz": [503, 503, 200, 200] })).toEqual([true, false]);
});

test("a replica is left out after as many failures in a row as the Deployment says, and comes back with one success", async () => {
  const readyz = [200, 503, 200, 503, 503, 503, 200, 200];
  expect(await changesOf({ "/livez": [200], "/readyz": readyz })).toEqual([true, false, true, false]);
  expect(await changesOf({ "/livez": [200], "/readyz": [200, 503, 200, 503, 200] })).toEqual([true, false]);
});

test("a replica that never gets ready is no endpoint", async () => {
  expect(await changesOf({ "/livez": [200], "/readyz": [503, 503] })).toEqual([]);
});

test("a Pod ends by SIGTERM, or by SIGKILL when its grace period is over", async () => {
  const willing = replica({}, "SIGTERM");
  expect(await endPod(willing.played, DEPLOYED)).toBe("signal SIGTERM");
  expect(willing.signals).toEqual(["SIGTERM"]);
  const unwilling = replica({});
  expect(await endPod(unwilling.played, DEPLOYED)).toBe("signal SIGKILL");
  expect(unwilling.signals).toEqual(["SIGTERM", "SIGKILL"]);
});
