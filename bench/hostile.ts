/**
 * What ordinary requests notice of a policy that never ends, one that allocates without end and one that recurses to the
 * stack limit: requests at a steady rate to a server of its own for each, alone, in the first seconds in which the policy is
 * hit, and from then on.
 * `npm run --silent bench:hostile [-- --rounds 3 --json FILE]`; Linux only.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { HOSTILE_KINDS, HOSTILE_TITLES, type Hostile } from "./hostile-policies.ts";
import { prepareHostile, startHostile, type HostileFixtures, type Target } from "./hostile-server.ts";
import { load, type LoadResult } from "./load.ts";
import { aim, medianOf, ratioOf, render, type Measurement, type Sample } from "./measurement.ts";
import { killAll, mustRun } from "./processes.ts";

/** Far below what a server can do, so that latency is not queueing. */
const ORDINARY_PER_SECOND = 200;
const HOSTILE_PER_SECOND = 5;
/** The deadline that the API server puts on a webhook unless told otherwise, in milliseconds. */
const DEADLINE = 10_000;
const WARM_UP_REQUESTS = 2_000;
const [ALONE, FIRST, LATER] = ["alone", "its first 5 s", "from then on"];
const SECONDS = { alone: 5, first: 5, later: 10 };

const say = (message: string): void => void process.stderr.write(`${message}\n`);

async function bench(folder: string): Promise<readonly Measurement[]> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "3" }, json: { type: "string" } },
  });
  say("preparing: policies, reviews, certificates");
  await mustRun({ command: "npm", args: ["run", "--silent", "compile"] });
  const fixtures = await prepareHostile(folder);
  const rounds = new Map<Hostile, Record<string, Sample[]>>(HOSTILE_KINDS.map((kind) => [kind, {}]));
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const [kind, rows] of rounds) {
      say(`round ${round} of ${values.rounds}: one that ${HOSTILE_TITLES[kind]}`);
      for (const [row, sample] of await samples(fixtures, kind)) (rows[row] ??= []).push(sample);
    }
  }
  const measured = [...rounds].map(([kind, rows]) => measurement(kind, rows));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(measured, undefined, 2)}\n`);
  return measured;
}

/** Of a server that has not met the policy yet. */
async function samples(
  fixtures: HostileFixtures,
  kind: Hostile,
): Promise<readonly (readonly [string, Sample])[]> {
  const { server, target } = await startHostile(fixtures, DEADLINE);
  try {
    await load({ ...plan(target), requests: WARM_UP_REQUESTS });
    const alone = await ordinary(target, SECONDS.alone);
    const seconds = SECONDS.first + SECONDS.later;
    const hostile = load({ ...plan(target, kind), seconds, perSecond: HOSTILE_PER_SECOND });
    const first = await ordinary(target, SECONDS.first);
    const later = await ordinary(target, SECONDS.later);
    return [
      [ALONE, sampleOf(alone)],
      [FIRST, sampleOf(first)],
      [LATER, { ...sampleOf(later), ...hostileSampleOf(await hostile) }],
    ];
  } finally {
    await server.stop();
  }
}

function ordinary(target: Target, seconds: number): Promise<LoadResult> {
  return load({ ...plan(target), seconds, perSecond: ORDINARY_PER_SECOND });
}

function plan({ url, ca, bodies }: Target, kind?: Hostile): Parameters<typeof load>[0] {
  return { url, ca, body: kind === undefined ? bodies.ordinary : bodies[kind], connections: 32 };
}

function sampleOf({ perSecond, p50, p99, worst, denied, failed, unanswered }: LoadResult): Sample {
  return { answered: perSecond, p50, p99, worst, failed: denied + failed, unanswered };
}

/** What was admitted has cost no policy error. */
function hostileSampleOf({ p50, worst, allowed, failed, denied }: LoadResult): Sample {
  return { errors: denied, errorP50: p50, errorWorst: worst, wrong: allowed + failed };
}

function measurement(kind: Hostile, rows: Measurement["rows"]): Measurement {
  const value = (row: string, key: string): number => medianOf({ rows }, row, key);
  const ratio = (key: string): number => ratioOf({ rows }, [LATER, ALONE], key);
  return {
    title: `${ORDINARY_PER_SECOND} ordinary requests a second beside ${HOSTILE_PER_SECOND} for which a policy ${HOSTILE_TITLES[kind]}`,
    columns: [
      { key: "answered", label: "answered/s", digits: 0 },
      { key: "p50", label: "p50 ms", digits: 2, ratio: true },
      { key: "p99", label: "p99 ms", digits: 2, ratio: true },
      { key: "worst", label: "max ms", digits: 0, ratio: true },
      { key: "failed", label: "failed", digits: 0 },
      { key: "unanswered", label: "on their way", digits: 0 },
    ],
    rows,
    reference: ALONE,
    aims: [
      aim("no ordinary request fails", value(FIRST, "failed") + value(LATER, "failed"), { most: 0 }),
      aim("no hostile request is admitted, or has no decision", value(LATER, "wrong"), { most: 0 }),
      aim("each policy error within the deadline, ms", value(LATER, "errorWorst"), { most: DEADLINE }),
      aim("from then on the others' p50 at most twice", ratio("p50"), { most: 2 }),
    ],
    notes: [
      `Policy errors: ${value(LATER, "errors")}, median ${value(LATER, "errorP50").toFixed(0)} ms, longest ${value(LATER, "errorWorst").toFixed(0)} ms.`,
      "Latency counts from when a request was due; one on its way at the end counts with its time so far.",
    ],
  };
}

const scratch = mkdtempSync(path.join(tmpdir(), "portcullis-hostile-bench-"));
// However it ends, nothing that it started runs on and nothing that it wrote stays.
process.once("exit", () => {
  killAll();
  rmSync(scratch, { recursive: true, force: true });
});
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

try {
  for (const measured of await bench(scratch)) process.stdout.write(render(measured));
} catch (error) {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
