/**
 * What a worker thread spends on a request, from the bytes of an AdmissionReview to those of the answer, without posting
 * and network: processor time, with the kit's 20 rules and with the shipped packs.
 * `PORTCULLIS_BENCH_KIT=<folder> node bench/worker.ts [another checkout] [rounds]`: the two are measured in turn.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import v8 from "node:v8";
import type { Surroundings } from "../src/admission/admit.ts";
import { generate } from "./fixtures.ts";
import { render, type Measurement } from "./measurement.ts";
import { writePolicies } from "./policy-sets.ts";

const CALLS = 300;
/** Rounds before the first that counts: the code is compiled, the patterns of rules are kept. */
const WARM_UP = 8;
const THIS = fileURLToPath(new URL("..", import.meta.url));

// As in a worker thread (src/workers/review-thread.ts).
v8.setFlagsFromString("--max-semi-space-size=2");

/** Decides a review with the policies of a folder. */
type Decide = (body: Uint8Array) => void;

/** Loads another checkout, or this one, and a folder of policies into it. */
async function load(checkout: string, policies: string): Promise<Decide> {
  const from = <T>(file: string): Promise<T> =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: another checkout's file of that name
    import(pathToFileURL(path.join(checkout, "src", file)).href) as Promise<T>;
  const { answer } = await from<typeof import("../src/admission/answer.ts")>("admission/answer.ts");
  const { currentCall } =
    await from<typeof import("../src/workers/current-call.ts")>("workers/current-call.ts");
  const { loadSurroundings } = await from<typeof import("../src/workers/program.ts")>("workers/program.ts");
  const { loadProgram } = await from<typeof import("../src/cli/load-policies.ts")>("cli/load-policies.ts");
  const { readEnvironment } = await from<typeof import("../src/cli/surroundings.ts")>("cli/surroundings.ts");
  const { program } = await loadProgram(
    { policies, bindings: [] },
    new Map(),
    readEnvironment(process),
    () => {},
  );
  const surroundings: Surroundings = loadSurroundings(program);
  return (body) => void answer(body, "validate", surroundings, currentCall());
}

/** Microseconds of this thread's processor time for one request. */
function spent(decide: Decide, body: Uint8Array): number {
  const before = process.threadCpuUsage();
  for (let call = 0; call < CALLS; call += 1) decide(body);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / CALLS;
}

const kit = process.env["PORTCULLIS_BENCH_KIT"];
if (kit === undefined || kit === "") throw new Error("Set PORTCULLIS_BENCH_KIT to the folder of the kit.");
const [, , other, rounds = "20"] = process.argv;
const folder = mkdtempSync(path.join(tmpdir(), "portcullis-worker-bench-"));
try {
  await generate(kit, "gen-rules.mjs", [path.join(folder, "rules")]);
  await generate(kit, "servers/gen-reviews.mjs", [folder]);
  await writePolicies(path.join(folder, "rules", "admission"), path.join(folder, "policies"));
  const policies = {
    "20 rules": path.join(folder, "policies"),
    "shipped packs": path.join(THIS, "policies"),
  };
  for (const [name, root] of Object.entries(policies)) await measure(name, root);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(title: string, policies: string): Promise<void> {
  const sides = [{ name: "this", decide: await load(THIS, policies) }];
  if (other !== undefined) sides.push({ name: "other", decide: await load(other, policies) });
  for (const file of ["pod-4k", "pod-9k", "deny-4k"]) {
    const body = await readFile(path.join(folder, `${file}.json`));
    // In turn, so that a slow second of the machine touches both.
    const samples = Array.from({ length: WARM_UP + Number(rounds) }, () =>
      sides.map(({ decide }) => ({ processor: spent(decide, body) })),
    ).slice(WARM_UP);
    const rows = sides.map(
      ({ name }, side) => [name, samples.flatMap((round) => round[side] ?? [])] as const,
    );
    process.stdout.write(render(table(`${title}, ${file}`, Object.fromEntries(rows))));
  }
}

function table(title: string, rows: Measurement["rows"]): Measurement {
  const columns = [{ key: "processor", label: "µs of processor", digits: 1, ratio: true }];
  return { title, columns, rows, reference: other === undefined ? "this" : "other", aims: [], notes: [] };
}
