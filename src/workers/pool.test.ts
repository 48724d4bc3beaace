/** The pool with real threads and real policies, some of which never end. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { sampleBinding } from "../../test/samples.ts";
import { podReview } from "../../test/life/life.ts";
import { buildFolder, policyFolder, type Files } from "../../test/policy-folder.ts";
import { namespaceData } from "../admission/snapshot.ts";
import { readBundle } from "../build/read-bundle.ts";
import { DEFAULT_EXCLUSIONS } from "../policy/binding.ts";
import { Pool, type PoolOptions } from "./pool.ts";
import type { Program } from "./program.ts";
import type { ReviewResult } from "./review-call.ts";

/** Runs a condition for hours on objects with a label; over sets, which are gone through without taking memory. */
function looping(name: string): string {
  return `package loops.${name}

range := {number | some number in numbers.range(1, 100000)}

deny contains "never" if {
	input.request.object.metadata.labels.loop == "${name}"
	some i in range
	some j in range
	i == j
	i == -1
}
`;
}

const POLICIES: Files = {
  "a/loops.rego": looping("a"),
  "b/loops.rego": looping("b"),
  "z/denies.rego": `package z.denies

deny contains "no" if input.request.object.metadata.labels.bad
`,
  "z/recurses.rego": `package z.recurses

deny contains "deep" if {
	input.request.object.metadata.labels.walk
	walk(input.request.object, [path, value])
	count(path) == -1
	value == "never"
}
`,
};

let program: Program;
let other: Program;

async function programOf(files: Files): Promise<Program> {
  const { file } = await buildFolder(await policyFolder(files));
  const match = { resources: ["pods"] };
  const bindings = Object.keys(files).map((name) => {
    const policy = name.replace(".rego", "");
    const failurePolicy = policy === "a/loops" ? "Ignore" : "Fail";
    return sampleBinding(policy.replace("/", "-"), { policies: [policy], match, failurePolicy });
  });
  const bundle = await readBundle(file);
  return { bundle, file, bindings, exclusions: DEFAULT_EXCLUSIONS, namespaces: new Map() };
}

beforeAll(async () => {
  program = await programOf(POLICIES);
  other = await programOf({
    "z/denies.rego": 'package z.denies\n\ndeny contains "other" if input.request.object\n',
  });
});

const open: Pool[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.stop()));
});

async function startPool(options: Partial<PoolOptions> = {}): Promise<Pool> {
  const { pool } = await Pool.start(program, {
    size: 2,
    maxWaiting: 100,
    replaced: () => undefined,
    ...options,
  });
  open.push(pool);
  return pool;
}

/** Milliseconds for a call whose policy is stopped after a third of them: enough is left, also where the machine stands still. */
const LOOP_TIME = 12_000;

function review(
  pool: Pool,
  labels: Readonly<Record<string, string>>,
  timeout = 30_000,
): Promise<ReviewResult> {
  return pool.review({
    webhook: "validate",
    body: new TextEncoder().encode(podReview(labels)),
    deadline: performance.now() + timeout,
  });
}

const DecisionLine = z.object({
  decision: z.string(),
  errors: z.array(z.object({ policy: z.string() })),
});

function summary(result: ReviewResult): unknown {
  if (result.kind === "rejected") return result.error.code;
  const { decision, errors } = DecisionLine.parse(JSON.parse(`${result.record.line}}`));
  return { decision, errors: errors.map(({ policy }) => policy) };
}

function ownedBy(team: string): Program["namespaces"] {
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team } } };
  return new Map([["shop", namespaceData(object, JSON.stringify(object))]]);
}

describe("a pool", () => {
  test("decides many calls at once, each with its own answer", async () => {
    const pool = await startPool();
    const labels = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? { bad: "x" } : { good: "x" }));
    const results = await Promise.all(labels.map((each) => review(pool, each)));
    expect(results.map(summary)).toEqual(
      labels.map((each) => ({ decision: "bad" in each ? "deny" : "allow", errors: [] })),
    );
  });

  test("denies for what stands behind a policy that never ends and may be ignored, in time", async () => {
    const replaced: string[] = [];
    const pool = await startPool({ replaced: (reason, why) => replaced.push(`${reason} ${why}`) });
    const result = await review(pool, { loop: "a", bad: "x" }, LOOP_TIME);
    expect(summary(result)).toEqual({ decision: "deny", errors: ["a/loops"] });
    expect(result.kind === "decided" && result.body).toContain("no");
    expect(replaced).toEqual([expect.stringMatching(/^timeout loops\/a\/deny ran longer than \d+ ms$/)]);
  });

  test("says that a policy which never ends and must not fail is an error, and names it", async () => {
    const pool = await startPool();
    const result = await review(pool, { loop: "b" }, LOOP_TIME);
    expect(summary(result)).toEqual({ decision: "error", errors: ["b/loops"] });
    expect(result.kind === "decided" && result.body).toContain("The rule loops/b/deny was stopped");
  });

  test("answers what stands behind such a call without waiting for its end", async () => {
    // The other thread is free, so nothing but its time would end this policy: twenty minutes.
    const pool = await startPool();
    let ended = false;
    void review(pool, { loop: "a" }, 3_600_000).then(() => (ended = true));
    const behind = await Promise.all(Array.from({ length: 6 }, () => review(pool, { bad: "x" })));
    expect(behind.map(summary)).toEqual(behind.map(() => ({ decision: "deny", errors: [] })));
    expect(ended).toBe(false);
  });

  test("answers what stands behind such a call before it, also where there is no other thread", async () => {
    const pool = await startPool({ size: 1 });
    const order: string[] = [];
    const slow = review(pool, { loop: "a" }, LOOP_TIME).then(() => order.push("slow"));
    await delay(20);
    const behind = Array.from({ length: 6 }, () => review(pool, { bad: "x" }).then(() => order.push("fast")));
    await Promise.all([slow, ...behind]);
    expect(order.at(-1)).toBe("slow");
  });

  test("goes on deciding when many such calls come at once", async () => {
    const pool = await startPool();
    const loops = Array.from({ length: 6 }, () => review(pool, { loop: "a", bad: "x" }));
    const healthy = Array.from({ length: 20 }, () => review(pool, { bad: "x" }));
    const results = (await Promise.all([...loops, ...healthy])).map(summary);
    expect(results.slice(0, 6)).toEqual(loops.map(() => ({ decision: "deny", errors: ["a/loops"] })));
    expect(results.slice(6)).toEqual(healthy.map(() => ({ decision: "deny", errors: [] })));
  });

  test("stops what has run out of time before without losing a thread for it, and lets the others run", async () => {
    const replaced: string[] = [];
    const pool = await startPool({ replaced: (reason) => replaced.push(reason) });
    await review(pool, { loop: "a", bad: "x" }, LOOP_TIME);
    expect(replaced).toEqual(["timeout"]);
    const again = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        review(pool, index % 2 === 0 ? { loop: "a", bad: "x" } : { bad: "x" }),
      ),
    );
    expect(again.map(summary)).toEqual(
      again.map((_, index) => ({ decision: "deny", errors: index % 2 === 0 ? ["a/loops"] : [] })),
    );
    expect(replaced).toEqual(["timeout"]);
  });

  test("refuses what it has no room for, and says so", async () => {
    const pool = await startPool({ size: 1, maxWaiting: 3 });
    const results = await Promise.all(Array.from({ length: 40 }, () => review(pool, { good: "x" })));
    const refused = results.filter((result) => summary(result) === "OVERLOADED");
    expect(refused.length).toBeGreaterThan(0);
    expect(results.filter(({ kind }) => kind === "decided").length).toBeGreaterThanOrEqual(11);
    expect(pool.waiting).toBe(0);
  });

  test("evaluates nothing for a call whose time is over, and never allows it for that", async () => {
    const pool = await startPool({ size: 1 });
    const skipped = { decision: "error", errors: ["a/loops", "b/loops", "z/denies", "z/recurses"] };
    // Whoever is first: the thread, which finds every policy too late, or the watchdog.
    expect([skipped, "REVIEW_TIMEOUT"]).toContainEqual(summary(await review(pool, { good: "x" }, -1)));
  });

  test("rejects what is no AdmissionReview with the error that the flow gave", async () => {
    const pool = await startPool({ size: 1 });
    const body = new TextEncoder().encode("{}");
    const result = await pool.review({ webhook: "validate", body, deadline: performance.now() + 30_000 });
    expect(summary(result)).toBe("REVIEW_INVALID");
  });

  test("decides with what it learns of namespaces, also in threads that come later", async () => {
    const ownerProgram = await programOf({
      "z/owner.rego": `package z.owner

deny contains msg if msg := object.get(input, ["namespaceObject", "metadata", "labels", "team"], "nobody")
`,
      "a/loops.rego": looping("a").replace("package loops.a", "package a.loops"),
    });
    const { pool } = await Pool.start(ownerProgram, {
      size: 1,
      maxWaiting: 10,
      replaced: () => undefined,
    });
    open.push(pool);
    const said = async (labels: Readonly<Record<string, string>>): Promise<string> => {
      const result = await review(pool, labels, LOOP_TIME);
      return result.kind === "decided" ? result.body : "";
    };
    expect(await said({})).toContain("z/owner: nobody");
    pool.learn(ownedBy("web"));
    expect(await said({})).toContain("z/owner: web");
    pool.learn(ownedBy("pay"));
    // Costs the thread, and another takes its place.
    expect(await said({ loop: "a" })).toContain("z/owner: pay");
    expect(await said({})).toContain("z/owner: pay");
    pool.learn(new Map());
    expect(await said({})).toContain("z/owner: nobody");
  });

  test("swaps programs between calls: every answer is whole, and carries the revision that made it", async () => {
    // OVERLOADED would look like an answer that fits neither.
    const pool = await startPool({ maxWaiting: 100_000 });
    const results: Promise<ReviewResult>[] = [];
    const traffic = setInterval(() => results.push(review(pool, { bad: "x" })), 2);
    for (const next of [other, program, other]) await pool.swap(next);
    clearInterval(traffic);
    const [one, two] = [program.bundle.revision, other.bundle.revision];
    const bodies = (await Promise.all(results)).map((result) =>
      result.kind === "decided" ? result.body : "",
    );
    const fits = (body: string): boolean =>
      (body.includes("z/denies: no") && body.includes(one)) ||
      (body.includes("z/denies: other") && body.includes(two));
    expect(bodies.filter((body) => !fits(body))).toEqual([]);
    expect(new Set(bodies.map((body) => body.includes(one)))).toEqual(new Set([true, false]));
    const last = await review(pool, { bad: "x" });
    expect(last.kind === "decided" && last.body).toContain(two);
  });

  test("keeps the old program where the new one cannot be loaded", async () => {
    const pool = await startPool();
    const broken = { ...other, bundle: { ...other.bundle, wasm: new Uint8Array([1, 2, 3]) } };
    await expect(pool.swap(broken)).rejects.toMatchObject({ code: "WASM_INVALID" });
    expect(summary(await review(pool, { bad: "x" }))).toEqual({ decision: "deny", errors: [] });
  });

  test("does not start with a program that cannot be loaded", async () => {
    const broken = { ...program, bundle: { ...program.bundle, data: new TextEncoder().encode("{") } };
    const options = { size: 1, maxWaiting: 1, replaced: () => undefined };
    await expect(Pool.start(broken, options)).rejects.toMatchObject({ code: "BUNDLE_UNREADABLE" });
  });
});
