import { load, type LoadResult } from "./load.ts";
import { type Measurement, type Sample } from "./measurement.ts";
import type { Setting } from "./measure-server.ts";
import { portcullis, startServer } from "./servers.ts";

/** Far below what any server here can do, so that latency is not queueing. */
const HEALTHY_PER_SECOND = 200;
const LOOPING_PER_SECOND = 10;
const SECONDS = 20;
/** The deadline that the API server puts on a webhook unless told otherwise. */
const TIMEOUT = "?timeout=10s";
const COLUMNS = [
  { key: "answered", label: "answered/s", digits: 0 },
  { key: "p50", label: "p50 ms", digits: 2 },
  { key: "p99", label: "p99 ms", digits: 2, ratio: true },
  { key: "worst", label: "worst ms", digits: 0 },
  { key: "denied", label: "denied", digits: 0 },
  { key: "failed", label: "failed", digits: 0 },
  { key: "unanswered", label: "unanswered", digits: 0 },
];

/** Healthy requests at a fixed rate, alone and then beside requests that a policy never finishes with. */
export async function measureLoop({ fixtures, say }: Setting): Promise<readonly Measurement[]> {
  say(`healthy requests beside a looping policy, ${SECONDS} s each`);
  const { reviews, certificates } = fixtures;
  const server = await startServer(
    portcullis("Portcullis", ({ loop }) => loop),
    fixtures,
  );
  const paced = (body: string, perSecond: number): Promise<LoadResult> => {
    const url = `${server.url}${TIMEOUT}`;
    return load({ url, body, ca: certificates.ca, connections: 32, seconds: SECONDS, perSecond });
  };
  try {
    const alone = await paced(reviews["4 KB"], HEALTHY_PER_SECOND);
    const [beside, looping] = await Promise.all([
      paced(reviews["4 KB"], HEALTHY_PER_SECOND),
      paced(reviews.looping, LOOPING_PER_SECOND),
    ]);
    return [table({ "healthy, alone": alone, "healthy, beside the loop": beside, looping })];
  } finally {
    await server.process.stop();
  }
}

function table(results: Readonly<Record<string, LoadResult>>): Measurement {
  const rows = Object.fromEntries(
    Object.entries(results).map(([name, result]) => [name, [sample(result)]] as const),
  );
  return {
    title: `a policy that loops is hit ${LOOPING_PER_SECOND} times a second beside ${HEALTHY_PER_SECOND} healthy requests a second`,
    columns: COLUMNS,
    rows,
    reference: "healthy, alone",
    aims: [],
    notes: [
      "Latency counts from when a request was due; one without an answer at the end counts with its time so far.",
    ],
  };
}

function sample({ perSecond, p50, p99, worst, denied, failed, unanswered }: LoadResult): Sample {
  return { answered: perSecond, p50, p99, worst, denied, failed, unanswered };
}
