import { requireAgreement } from "./agreement.ts";
import type { BodySize, Fixtures } from "./fixtures.ts";
import { load, onlyAdmissions } from "./load.ts";
import { aim, medianOf, ratioOf, type Aim, type Measurement, type Sample } from "./measurement.ts";
import { pinningProblem, processorSeconds, residentMegabytes } from "./processes.ts";
import { CONSTANT, OPA, portcullis, startServer, type MeasuredServer, type ServerKind } from "./servers.ts";

const SIZES: readonly BodySize[] = ["4 KB", "9 KB"];
const CONNECTIONS = 16;
const SECONDS = 3;
/** Compilers and heaps settle before anything counts. */
const WARM_UP_SECONDS = 2;
const TWENTY = "Portcullis";
const THOUSAND = "Portcullis, 1,000 installed";
const COLUMNS = [
  { key: "perSecond", label: "requests/s", digits: 0, ratio: true },
  { key: "processor", label: "CPU ms/request", digits: 3, ratio: true },
  { key: "p50", label: "p50 ms", digits: 2 },
  { key: "p99", label: "p99 ms", digits: 2, ratio: true },
  { key: "resident", label: "RSS MB", digits: 0 },
  { key: "generator", label: "generator's CPU", digits: 2 },
];

/** What every measure gets. */
export interface Setting {
  readonly fixtures: Fixtures;
  readonly rounds: number;
  /** Gatekeeper, if it can be run. */
  readonly gatekeeper: ServerKind | undefined;
  readonly say: (message: string) => void;
}

/** Requests per second, processor time, latency and memory of all servers, on one core and on all. */
export async function measureServers(setting: Setting): Promise<readonly Measurement[]> {
  const problem = pinningProblem();
  if (problem !== undefined) setting.say(`The servers are not measured on one core: ${problem}.`);
  const pinned = problem === undefined ? await measureOn(setting, 0) : [];
  return [...pinned, ...(await measureOn(setting, undefined))];
}

/** With a core the servers have that one, and the load generator the next. */
async function measureOn(setting: Setting, core: number | undefined): Promise<readonly Measurement[]> {
  const { fixtures, gatekeeper, rounds, say } = setting;
  const kinds = [
    portcullis(TWENTY, ({ twenty }) => twenty),
    portcullis(THOUSAND, ({ thousand }) => thousand),
    OPA,
    ...(gatekeeper === undefined ? [] : [gatekeeper]),
    CONSTANT,
  ];
  const where = core === undefined ? "all cores, shared with the load generator" : "one core";
  say(`servers on ${where}`);
  const servers: MeasuredServer[] = [];
  const samples = new Map<BodySize, Record<string, Sample[]>>(SIZES.map((size) => [size, {}]));
  try {
    for (const kind of kinds) servers.push(await startServer(kind, fixtures, core));
    const judging = servers.filter((_, index) => kinds[index]?.judges === true);
    await requireAgreement(judging, fixtures);
    for (const server of servers) await sample(server, { fixtures, size: "4 KB", core }, WARM_UP_SECONDS);
    for (let round = 0; round < rounds; round += 1) {
      say(`  round ${round + 1} of ${rounds}`);
      for (const [size, rows] of samples) await sampleAll(servers, rows, { fixtures, size, core });
    }
  } finally {
    await Promise.all(servers.map(({ process }) => process.stop()));
  }
  return SIZES.flatMap((size) => tables(`${where}, ${size}`, samples.get(size) ?? {}));
}

/** One round of one body: each server in turn. */
async function sampleAll(
  servers: readonly MeasuredServer[],
  rows: Record<string, Sample[]>,
  target: Target,
): Promise<void> {
  for (const server of servers) (rows[server.name] ??= []).push(await sample(server, target, SECONDS));
}

interface Target {
  readonly fixtures: Fixtures;
  readonly size: BodySize;
  /** The core of the server. */
  readonly core: number | undefined;
}

/** Loads one server while the others are idle. */
async function sample(
  { name, url, process }: MeasuredServer,
  { fixtures, size, core }: Target,
  seconds: number,
): Promise<Sample> {
  const plan = {
    url,
    body: fixtures.reviews[size],
    ca: fixtures.certificates.ca,
    connections: CONNECTIONS,
    seconds,
  };
  const before = processorSeconds(process.pid);
  const result = onlyAdmissions(await load(plan, core === undefined ? undefined : core + 1), name);
  const processor = processorSeconds(process.pid) - before;
  return {
    perSecond: result.perSecond,
    processor: (processor * 1_000) / result.allowed,
    p50: result.p50,
    p99: result.p99,
    resident: residentMegabytes(process.pid),
    generator: result.ownProcessor,
  };
}

function tables(where: string, rows: Readonly<Record<string, readonly Sample[]>>): readonly Measurement[] {
  const installed = Object.fromEntries([TWENTY, THOUSAND].map((name) => [name, rows[name] ?? []] as const));
  return [
    {
      columns: COLUMNS,
      notes: [],
      title: `${where}: 20 matching policies, ${CONNECTIONS} connections`,
      rows,
      reference: OPA.name,
      aims: aimsAgainstPeers(rows),
    },
    {
      columns: COLUMNS.filter(({ ratio }) => ratio === true),
      notes: [],
      title: `${where}: 1,000 installed policies of which 20 match, against 20`,
      rows: installed,
      reference: TWENTY,
      aims: [
        aim(
          "1,000 installed policies at most 10 % slower, requests/s at least 0.9",
          ratioOf({ rows }, [THOUSAND, TWENTY], "perSecond"),
          { least: 0.9 },
        ),
      ],
    },
  ];
}

function aimsAgainstPeers(rows: Measurement["rows"]): readonly Aim[] {
  const against = (peer: string, key: string): number => ratioOf({ rows }, [TWENTY, peer], key);
  return [
    aim("3 times OPA's requests/s", against(OPA.name, "perSecond"), { least: 3 }),
    ...(rows["Gatekeeper"] === undefined
      ? []
      : [aim("40 times Gatekeeper's requests/s", against("Gatekeeper", "perSecond"), { least: 40 })]),
    aim("a third of OPA's CPU per request", against(OPA.name, "processor"), { most: 1 / 3 }),
    aim("a quarter of OPA's p99", against(OPA.name, "p99"), { most: 0.25 }),
    aim("RSS at most 150 MB", medianOf({ rows }, TWENTY, "resident"), { most: 150 }),
  ];
}
