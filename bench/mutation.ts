/**
 * Mutation against validation of the same object, from the bytes of an AdmissionReview to those of the answer, with the
 * shipped policies. Prints microseconds and ratios: `npm run --silent bench:mutation [-- <rounds>]`.
 */
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { currentCall } from "../src/workers/current-call.ts";
import { answer } from "../src/admission/answer.ts";
import { STAGES, type Stage } from "../src/admission/decision.ts";
import { mutate } from "../src/admission/patch/mutate.ts";
import { decodeReview } from "../src/admission/review.ts";
import { loadProgram } from "../src/cli/load-policies.ts";
import { loadSurroundings } from "../src/workers/program.ts";
import { readEnvironment } from "../src/cli/surroundings.ts";

const CALLS = 500;
const rounds = Number(process.argv[2] ?? 9);

const { program } = await loadProgram(
  { policies: "policies", bindings: [] },
  new Map(),
  readEnvironment(process),
  (message) => process.stderr.write(`${message}\n`),
);
const policies = loadSurroundings(program);

/** Microseconds for one call. */
function time(body: Uint8Array, stage: Stage): number {
  const start = performance.now();
  for (let call = 0; call < CALLS; call += 1) answer(body, stage, policies, currentCall());
  return ((performance.now() - start) / CALLS) * 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The review with what its own mutation makes of the object, as a second call would send it. */
function mutated(body: Uint8Array): Uint8Array {
  const request = decodeReview(body);
  const { text } = mutate(request, policies.snapshot, { engine: policies.engine, call: currentCall() });
  const { head, object } = request.texts;
  const review = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":${head.slice(0, -1)},"object":${text ?? object}}}`;
  return new TextEncoder().encode(review);
}

for (const name of ["compliant-pod", "privileged-pod"]) {
  const body = await readFile(`test/fixtures/reviews/${name}.json`);
  const cases = [
    ...STAGES.map((stage) => ({ label: stage, run: () => time(body, stage) })),
    { label: "mutate, nothing left to patch", run: () => time(mutated(body), "mutate") },
  ];
  for (const { run } of cases) run();
  // Taken in turn, so that a slow second of the machine touches all of them.
  const times = new Map<string, number[]>(cases.map(({ label }) => [label, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const { label, run } of cases) times.get(label)?.push(run());
  const validate = median(times.get("validate") ?? []);
  process.stdout.write(`${name} (${body.length} bytes)\n`);
  for (const [label, values] of times) {
    const value = median(values);
    process.stdout.write(
      `  ${label.padEnd(30)} ${value.toFixed(0).padStart(6)} us  ${(value / validate).toFixed(2)} x validate\n`,
    );
  }
}
