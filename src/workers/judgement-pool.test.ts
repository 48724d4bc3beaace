/** Reviews judged on threads, by policies of which some never end, as this thread would judge them. */
import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { LOOPING, podReview } from "../../test/life/life.ts";
import { buildFolder, policyFolder } from "../../test/policy-folder.ts";
import { readBundle } from "../build/read-bundle.ts";
import { DEFAULT_EXCLUSIONS } from "../policy/binding.ts";
import { BoundedReviews } from "./bounded-reviews.ts";
import type { JudgementResult } from "./judgement.ts";
import { JudgementPool } from "./judgement-pool.ts";
import type { Program } from "./program.ts";

const HEAD = "# METADATA\n# scope: package\n# custom:\n#   match: { resources: [pods] }\n";

const LOOPS = LOOPING.replace("package life.loops", "package a.loops");

const DENIES = `${HEAD}package z.denies

deny contains {"msg": sprintf("no %s", [bad]), "details": {"set": {1, 2}}} if {
	bad := input.request.object.metadata.labels.bad
}
`;

let program: Program;
const open: JudgementPool[] = [];

beforeAll(async () => {
  const { file } = await buildFolder(await policyFolder({ "a/loops.rego": LOOPS, "z/denies.rego": DENIES }));
  const bundle = await readBundle(file);
  program = { bundle, file, bindings: [], exclusions: DEFAULT_EXCLUSIONS, namespaces: new Map() };
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.stop()));
});

function start(of: Program, replaced: (why: string) => void = () => undefined): JudgementPool {
  const pool = new JudgementPool(of, { size: 2, replaced });
  open.push(pool);
  return pool;
}

const review = (labels: Readonly<Record<string, string>>) => ({
  stage: "both" as const,
  body: new TextEncoder().encode(podReview(labels)),
});

function kindOf(result: JudgementResult): string {
  return result.kind === "rejected" ? result.error.code : result.judgement.decision;
}

test("threads judge as this thread does, policies that do not end and bytes that are no review included", async () => {
  const reviews = [
    ...Array.from({ length: 100 }, (_, index) => review(index % 7 === 0 ? { bad: String(index) } : {})),
    review({ loop: "1", bad: "1" }),
    { ...review({}), body: new TextEncoder().encode("{}") },
    review({ bad: "1" }),
  ];
  const pool = start(program);
  const given = await Promise.all(reviews.map((each) => pool.judge(() => each)));
  const here = new BoundedReviews(program).results(
    reviews.map((each, index) => ({ id: index + 1, ...each })),
  );
  expect(given).toEqual([...here].map(([, result]) => result));
  expect(given.slice(-4).map(kindOf)).toEqual(["allow", "deny", "REVIEW_INVALID", "deny"]);
});

test("a review that ends its thread twice is rejected, and no other is lost", async () => {
  const told: string[] = [];
  const pool = start(program, (why) => told.push(why));
  // No map, as a fault of ours: the thread dies of it before any policy.
  const deadly = { ...review({}), failed: 5 };
  const given = await Promise.all(
    [review({}), deadly, review({ bad: "1" })].map((each) => pool.judge(() => each)),
  );
  expect(given.map(kindOf)).toEqual(["allow", "THREAD_FAILED", "deny"]);
  expect(told).toHaveLength(2);
});

test("a program that cannot be loaded starts no thread", async () => {
  const wasm = new Uint8Array([1, 2, 3]);
  const pool = start({ ...program, bundle: { ...program.bundle, wasm } });
  expect(await pool.ready).toBe(false);
});
