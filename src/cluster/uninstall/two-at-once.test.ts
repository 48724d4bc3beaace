/** Two people who remove Portcullis at the same time, in a time that only passes while both wait. */
import { expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import {
  MUTATING,
  PretendedInstallation,
  SERVICE,
  VALIDATING,
  WHOLE,
} from "../../../test/pretended-installation.ts";
import type { JsonObject } from "../../policy/json.ts";
import type { ApiAnswer, ApiRequest } from "../api/request.ts";
import { uninstall } from "./uninstall.ts";

/** Milliseconds that pass when nobody has anything to do but wait. */
class VirtualTime {
  now = 0;
  #waiting: { readonly at: number; readonly wake: () => void }[] = [];

  sleep = (milliseconds: number): Promise<void> =>
    new Promise((wake) => void this.#waiting.push({ at: this.now + milliseconds, wake }));

  async until<T>(work: Promise<T>): Promise<T> {
    const state = { isOver: false };
    const over = work.finally(() => (state.isOver = true));
    while (!state.isOver) {
      await turn();
      const [next, ...others] = this.#waiting.toSorted((one, other) => one.at - other.at);
      if (next === undefined) continue;
      this.#waiting = others;
      this.now = next.at;
      next.wake();
    }
    return over;
  }
}

/** Its API server hears of what is written some milliseconds later, as one does that follows it by a watch. */
function installation(time: VirtualTime, lag: number): PretendedInstallation {
  const cluster = new PretendedInstallation(WHOLE);
  cluster.lag = 0;
  const history: { readonly at: number; readonly path: string; readonly object: JsonObject | undefined }[] =
    [];
  cluster.heard = (path) =>
    history.findLast((each) => each.path === path && each.at + lag <= time.now)?.object;
  const { send } = cluster;
  cluster.send = async (request) => {
    const answer = await send(request);
    for (const kind of [VALIDATING, MUTATING]) {
      const path = `${kind}/portcullis-removal-probe`;
      history.push({ at: time.now, path, object: cluster.stored.get(path) });
    }
    return answer;
  };
  return cluster;
}

/** Each request takes its time there and back. */
async function removal(cluster: PretendedInstallation, time: VirtualTime, run: Run): Promise<boolean> {
  await time.sleep(run.start);
  const send = async (request: ApiRequest): Promise<ApiAnswer> => {
    await time.sleep(run.roundTrip / 2);
    const answer = await cluster.send(request);
    await time.sleep(run.roundTrip / 2);
    return answer;
  };
  return uninstall(
    { service: SERVICE, deleteBindings: false },
    {
      send,
      // Two machines that have been up for as long have the same time.
      clock: { now: () => time.now, sleep: time.sleep },
      run: randomUUID(),
      say: () => undefined,
      failed: () => undefined,
      dryRun: false,
      signal: new AbortController().signal,
    },
  );
}

interface Run {
  /** Milliseconds. */
  readonly start: number;
  readonly roundTrip: number;
}

test.each([
  ["at the same moment", 100, 0],
  ["while the API server hears late", 1_000, 0],
  ["one a little later", 100, 500],
  ["one when the other proves", 300, 1_000],
  ["while the API server hears very late", 5_000, 200],
])("both of two runs come to their end, %s", async (_, lag, start) => {
  const time = new VirtualTime();
  const cluster = installation(time, lag);
  const both = Promise.all([
    removal(cluster, time, { start: 0, roundTrip: 10 }),
    removal(cluster, time, { start, roundTrip: 12 }),
  ]);
  expect(await time.until(both)).toEqual([true, true]);
  expect([...cluster.stored.keys()]).toEqual([]);
});
