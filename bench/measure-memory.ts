import { load, onlyAdmissions } from "./load.ts";
import { aim, type Measurement } from "./measurement.ts";
import type { Setting } from "./measure-server.ts";
import { residentMegabytes } from "./processes.ts";
import { portcullis, startServer, type MeasuredServer } from "./servers.ts";
import { get } from "./webhook-client.ts";

const FIRST = 1_000;
/** Growth that a heap of this kind has between two collections, as a share. */
const FLAT = 1.1;

/** Resident memory after many requests against that after 1,000; the server's own counter has to agree on the number. */
export async function measureMemory(setting: Setting, requests: number): Promise<readonly Measurement[]> {
  const { fixtures, say } = setting;
  say(`memory after ${requests.toLocaleString("en")} requests`);
  const server = await startServer(
    portcullis("Portcullis", ({ twenty }) => twenty),
    fixtures,
  );
  const { reviews, certificates } = fixtures;
  const send = async (count: number): Promise<number> => {
    const before = await decided(server);
    const plan = { url: server.url, body: reviews["4 KB"], ca: certificates.ca, connections: 16 };
    onlyAdmissions(await load({ ...plan, requests: count }), server.name);
    const counted = (await decided(server)) - before;
    if (counted === count) return residentMegabytes(server.process.pid);
    throw new Error(`The load generator counts ${count} requests, the server's metrics ${counted}.`);
  };
  try {
    const first = await send(FIRST);
    const last = await send(requests - FIRST);
    return [table(requests, first, last)];
  } finally {
    await server.process.stop();
  }
}

function table(requests: number, first: number, last: number): Measurement {
  const reference = `after ${FIRST.toLocaleString("en")} requests`;
  return {
    title: "memory",
    columns: [{ key: "resident", label: "RSS MB", digits: 0, ratio: true }],
    rows: {
      [reference]: [{ resident: first }],
      [`after ${requests.toLocaleString("en")} requests`]: [{ resident: last }],
    },
    reference,
    aims: [
      aim("RSS at most 150 MB", last, { most: 150 }),
      aim(`RSS flat, at most ${FLAT} times that after ${FIRST.toLocaleString("en")}`, last / first, {
        most: FLAT,
      }),
    ],
    notes: ["The number of requests agrees with portcullis_admission_requests_total."],
  };
}

/** The requests that the server says it has decided. */
async function decided({ operationsPort }: MeasuredServer): Promise<number> {
  const page = await get(`http://127.0.0.1:${operationsPort}/metrics`);
  const series = page.matchAll(/^portcullis_admission_requests_total\{[^}]*\} (\d+)/gm);
  return [...series].reduce((sum, [, value]) => sum + Number(value), 0);
}
