/**
 * The engine beside OPA's SDK for JavaScript and OPA's server: Pods of 1 to 600 KB, 1 to 100 policies that all match, and
 * what policies cost that are installed and do not match. `npm run bench:engine [-- --json <file> --rounds <number>]`;
 * OPA= names OPA 1.22.0. All sides are measured in turn, in one process but for the server.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadPolicy } from "@open-policy-agent/opa-wasm";
import { z } from "zod";
import { loadEngine, RegoSet } from "../src/engine/index.ts";
import { enginePolicies, podOf, type EnginePolicies } from "./engine-policies.ts";
import { aim, medianOf, ratioOf, render, type Measurement } from "./measurement.ts";
import { killAll, startProcess } from "./processes.ts";
import { freePort } from "../test/cluster/free-port.ts";

const SIZES = { "1 KB": 1_000, "6 KB": 6_000, "60 KB": 60_000, "600 KB": 600_000 };
const COUNTS = [1, 10, 100];
/** Installed beside those that match. */
const INSTALLED = 1_000;
/** Milliseconds of each sample, so that a short evaluation is repeated often. */
const SAMPLE = 60;
const OURS = "this engine";
const SDK = "SDK";

/** What OPA's server gives. */
const Answer = z.object({ result: z.record(z.string(), z.object({ deny: z.array(z.string()) })) });

/** What the SDK gives: it has no types for it, and to check it would count as its time. */
type SdkResults = readonly { readonly result: unknown }[];

/** Evaluates all policies for one Pod and gives how many violations they found. */
type Side = () => number | Promise<number>;

function ourSide({ wasm }: EnginePolicies, entrypoints: readonly string[], text: string): Side {
  const engine = loadEngine({ wasm });
  return () => {
    const session = engine.open({ now: 1n, seed: "bench" });
    const input = { text, members: [], shared: true };
    let found = 0;
    for (const entrypoint of entrypoints) {
      const result = session.evaluate(entrypoint, input);
      if (result.kind === "error") throw result.error;
      found += countOf(result.value instanceof RegoSet ? result.value.items : result.value);
    }
    return found;
  };
}

/** At its best: the text goes in as bytes, where its README has it parsed in JavaScript and written again. */
async function sdkSide({ wasm, entrypoints }: EnginePolicies, text: string): Promise<Side> {
  const policy = await loadPolicy(wasm, { initial: 1_024 });
  return () => {
    const input = new TextEncoder().encode(text).buffer;
    let found = 0;
    for (const entrypoint of entrypoints) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see SdkResults
      const [result] = policy.evaluate(input, entrypoint) as SdkResults;
      found += countOf(result?.result);
    }
    return found;
  };
}

function countOf(result: unknown): number {
  if (!Array.isArray(result)) throw new Error("A rule gave no set.");
  return result.length;
}

/** One request for all policies, on a connection that is kept. */
function serverSide(port: number, text: string): Side {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = `{"input":${text}}`;
  return () =>
    new Promise((resolve, reject) => {
      const sent = request({ port, agent, method: "POST", path: "/v1/data/bench" }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => resolve(violationsIn(Buffer.concat(parts).toString())));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
}

function violationsIn(answer: string): number {
  const { result } = Answer.parse(JSON.parse(answer));
  return Object.values(result).reduce((sum, { deny }) => sum + countOf(deny), 0);
}

/** Microseconds for one evaluation of all policies: of processor in this thread, by the clock where another process works. */
async function sample(side: Side): Promise<number> {
  const start = performance.now();
  const before = process.threadCpuUsage();
  let runs = 0;
  let isHere = true;
  do {
    const found = side();
    isHere = typeof found === "number";
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    if (!isHere) await found;
    runs += 1;
  } while (performance.now() - start < SAMPLE);
  const { user, system } = process.threadCpuUsage(before);
  return (isHere ? user + system : (performance.now() - start) * 1_000) / runs;
}

/** Rounds in which every side is measured once; the first does not count. */
async function measured(
  title: string,
  sides: Readonly<Record<string, Side>>,
  rounds: number,
): Promise<Measurement> {
  const rows: Record<string, { readonly time: number }[]> = {};
  const found = new Set<number>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, side] of Object.entries(sides)) {
      // oxlint-disable-next-line no-await-in-loop -- in turn, so that a slow second of the machine touches all
      const time = await sample(side);
      // oxlint-disable-next-line no-await-in-loop -- see above
      found.add(await side());
      if (round > 0) (rows[name] ??= []).push({ time });
    }
  }
  if (found.size > 1) throw new Error(`${title}: the sides found ${[...found].join(", ")} violations.`);
  const columns = [{ key: "time", label: "µs", digits: 1, ratio: true }];
  return { title, columns, rows, reference: OURS, aims: [], notes: [] };
}

async function beside(
  policies: EnginePolicies,
  port: number,
  rounds: number,
): Promise<readonly Measurement[]> {
  const all: Measurement[] = [];
  for (const [size, bytes] of Object.entries(SIZES)) {
    const text = podOf(bytes);
    const sides = {
      [OURS]: ourSide(policies, policies.entrypoints, text),
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      [SDK]: await sdkSide(policies, text),
      "opa run --server": serverSide(port, text),
    };
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const result = await measured(`${size}, ${policies.entrypoints.length} policies`, sides, rounds);
    const ahead = aim("SDK's time by this engine's", ratioOf(result, [SDK, OURS], "time"), { least: 1 });
    all.push({ ...result, aims: [ahead] });
    process.stdout.write(render({ ...result, aims: [ahead] }));
  }
  return all;
}

/** What one more policy costs that is in the module and is not asked. */
async function installed(few: EnginePolicies, many: EnginePolicies, rounds: number): Promise<Measurement> {
  const text = podOf(SIZES["6 KB"]);
  const more = `${many.entrypoints.length} installed`;
  const sides = {
    [OURS]: ourSide(few, few.entrypoints, text),
    [more]: ourSide(many, few.entrypoints, text),
  };
  const result = await measured(`6 KB, ${few.entrypoints.length} policies of those installed`, sides, rounds);
  const extra = medianOf(result, more, "time") - medianOf(result, OURS, "time");
  const each = extra / (many.entrypoints.length - few.entrypoints.length);
  return { ...result, aims: [aim("µs for each policy that does not match", each, { most: 1 })] };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: "string" }, rounds: { type: "string", default: "7" } },
  });
  const rounds = Number(values.rounds);
  const opa = process.env["OPA"] ?? "opa";
  const scratch = mkdtempSync(path.join(tmpdir(), "portcullis-engine-bench-"));
  const all: Measurement[] = [];
  try {
    for (const count of COUNTS) {
      // oxlint-disable-next-line no-await-in-loop -- each has the machine for itself
      const policies = await enginePolicies(opa, scratch, count);
      // oxlint-disable-next-line no-await-in-loop -- see above
      const port = await freePort("127.0.0.1");
      const args = [
        "run",
        "--server",
        "--addr",
        `127.0.0.1:${port}`,
        "--log-level",
        "error",
        policies.folder,
      ];
      const server = startProcess({ command: opa, args });
      // oxlint-disable-next-line no-await-in-loop -- see above
      await answering(port);
      // oxlint-disable-next-line no-await-in-loop -- see above
      all.push(...(await beside(policies, port, rounds)));
      // oxlint-disable-next-line no-await-in-loop -- see above
      await server.stop();
    }
    const [few, many] = [
      await enginePolicies(opa, mkdtempSync(`${scratch}/`), 10),
      await enginePolicies(opa, scratch, INSTALLED),
    ];
    const result = await installed(few, many, rounds);
    process.stdout.write(render(result));
    all.push(result);
  } finally {
    killAll();
    rmSync(scratch, { recursive: true, force: true });
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, undefined, 2)}\n`);
  process.exitCode = all.every(({ aims }) => aims.every(({ met }) => met)) ? 0 : 1;
}

async function answering(port: number): Promise<void> {
  const ask = serverSide(port, podOf(0));
  for (let attempt = 0; attempt < 100; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- tried again
    const answers = await Promise.resolve(ask()).then(
      () => true,
      () => false,
    );
    if (answers) return;
    // oxlint-disable-next-line no-await-in-loop -- tried again
    await delay(100);
  }
  throw new Error("OPA's server does not answer.");
}

await main();
