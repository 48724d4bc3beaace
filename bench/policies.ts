/**
 * What the packs cost: a Pod of 4 KB judged by all of them, with the share of each policy; their tests in Rego here and
 * with `opa test`; and mutants. `npm run bench:policies [-- --rounds <number> --json <file> --mutants <pattern>]`; OPA=
 * names OPA 1.22.0. Sides that are compared are measured in turn.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { parseArgs, promisify } from "node:util";
import { answer } from "../src/admission/answer.ts";
import { obtainOpa } from "../src/build/opa/obtain.ts";
import { loadProgram } from "../src/cli/load-policies.ts";
import { readEnvironment } from "../src/cli/surroundings.ts";
import type { Engine } from "../src/engine/index.ts";
import { currentCall } from "../src/workers/current-call.ts";
import { loadSurroundings } from "../src/workers/program.ts";
import { podOf } from "./engine-policies.ts";
import { aim, median, ratioOf, render, type Measurement, type Sample } from "./measurement.ts";

const ROOT = "policies";
const POD_BYTES = 4_000;
const WARM_UP = 300;
const REVIEWS = 300;
const OURS = "portcullis test";
const THEIRS = "opa test";
/** Issue: 200 tests take at most twice as long as with `opa test`, once compiled. */
const MOST_TIMES_OPA = 2;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    json: { type: "string" },
    mutants: { type: "string", default: "^images/" },
  },
});
const rounds = Number(values.rounds);
const run = promisify(execFile);
const environment = readEnvironment(process);
const say = (message: string): unknown => process.stderr.write(`${message}\n`);
const { variables, cacheFolder, machine } = environment;
const opa = await obtainOpa({ environment: variables, cacheFolder, machine, progress: say });

const measurements: Measurement[] = [];
for (const measure of [reviews, tests]) {
  const measurement = await measure();
  process.stdout.write(render(measurement));
  measurements.push(measurement);
}
process.stdout.write(await mutants(values.mutants));
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(measurements, null, 2));

/** Adds up the seconds of each entrypoint, beside what it gives. */
function timed(engine: Engine, seconds: Map<string, number>): Engine {
  return {
    entrypoints: engine.entrypoints,
    open: (call) => {
      const session = engine.open(call);
      return {
        evaluate: (entrypoint, input) => {
          const result = session.evaluate(entrypoint, input);
          seconds.set(entrypoint, (seconds.get(entrypoint) ?? 0) + result.seconds);
          return result;
        },
      };
    },
  };
}

async function reviews(): Promise<Measurement> {
  const { program } = await loadProgram({ policies: ROOT, bindings: [] }, new Map(), environment, say);
  const surroundings = loadSurroundings(program);
  const body = reviewOf(podOf(POD_BYTES));
  const judge = (engine: Engine): void => {
    for (const stage of ["mutate", "validate"] as const) {
      const { kind } = answer(body, stage, { ...surroundings, engine }, currentCall());
      if (kind !== "decided") throw new Error("The review could not be decided.");
    }
  };
  for (let index = 0; index < WARM_UP; index += 1) judge(surroundings.engine);
  const rows: Record<string, Sample[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    const seconds = new Map<string, number>();
    const engine = timed(surroundings.engine, seconds);
    const start = performance.now();
    for (let index = 0; index < REVIEWS; index += 1) judge(engine);
    const total = ((performance.now() - start) * 1_000) / REVIEWS;
    const add = (row: string, time: number): void => {
      (rows[row] ??= []).push({ time, share: (time / total) * 100 });
    };
    add("everything", total);
    for (const { id, entrypoints } of program.bundle.policies) {
      const own = Object.values(entrypoints).reduce((sum, each) => sum + (seconds.get(each) ?? 0), 0);
      add(id, (own * 1_000_000) / REVIEWS);
    }
  }
  return {
    title: `a Pod of ${body.length} bytes, mutated and validated in one thread`,
    columns: [
      { key: "time", label: "µs", digits: 1 },
      { key: "share", label: "%", digits: 1 },
    ],
    rows,
    reference: "everything",
    aims: [],
    notes: ["everything: from the bytes of the review to those of the answer, both webhooks"],
  };
}

function reviewOf(pod: string): Uint8Array {
  const kind = { group: "", version: "v1", kind: "Pod" };
  const resource = { group: "", version: "v1", resource: "pods" };
  const names = {
    uid: "bench",
    name: "web",
    namespace: "shop",
    operation: "CREATE",
    userInfo: { username: "me" },
  };
  const request = JSON.stringify({ ...names, kind, resource });
  const review = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":${request.slice(0, -1)},"object":${pod}}}`;
  return new TextEncoder().encode(review);
}

/** Both as a person starts them; here everything is compiled, and fixtures are left out. */
async function tests(): Promise<Measurement> {
  const node = [
    "--disable-warning=ExperimentalWarning",
    "src/main.ts",
    "test",
    ROOT,
    "-o",
    "json",
    "--run",
    ": ",
  ];
  const sides: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      OURS,
      () =>
        run(process.execPath, [...node, "--timeout", "120"], { env: { ...variables, OPA: opa } }).catch(told),
    ],
    [THEIRS, () => run(opa, ["test", "--timeout", "120s", "--bundle", ROOT]).catch(told)],
  ];
  for (const [, side] of sides) await side();
  const rows: Record<string, Sample[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [row, side] of sides) {
      const start = performance.now();
      await side();
      (rows[row] ??= []).push({ seconds: (performance.now() - start) / 1_000 });
    }
  }
  const ratio = ratioOf({ rows }, [OURS, THEIRS], "seconds");
  return {
    title: "the tests in Rego of all packs, compiled before",
    columns: [{ key: "seconds", label: "s", digits: 2, ratio: true }],
    rows,
    reference: THEIRS,
    aims: [aim("portcullis test takes at most twice as long", ratio, { most: MOST_TIMES_OPA })],
    notes: [],
  };
}

/** A test that fails takes its time, too; a program that did not run does not count. */
function told(error: unknown): void {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (typeof code !== "number") throw error;
}

async function mutants(pattern: string): Promise<string> {
  const { runMutants } = await import("../src/policy-test/mutants/run-mutants.ts");
  const seconds: number[] = [];
  let tried = 0;
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    const start = performance.now();
    const results = await runMutants({
      root: ROOT,
      opa,
      parallel: 2,
      isWanted: ({ kind, file }) => kind === "rule" && new RegExp(pattern, "u").test(file),
      isListed: () => false,
      tryFixtures: async () => "survived",
      onTried: () => undefined,
    });
    seconds.push((performance.now() - start) / 1_000);
    tried = results.tried.length;
  }
  const middle = median(seconds);
  return `\nmutants of ${pattern}\n  ${tried} in ${middle.toFixed(1)} s: ${(tried / middle).toFixed(1)} a second, two at a time\n`;
}
