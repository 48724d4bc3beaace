/** Policies that never end, take all memory or fail: none of them may take the server or other policies with it. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { temporaryFolder } from "../policy-folder.ts";
import { startServer, type HttpAnswer, type RunningServer } from "../running-server.ts";
import * as life from "./life.ts";

/** `a` stands before `z`, which denies what the others fail at. */
const POLICIES = {
  "a/loops.rego": life.LOOPING.replace("package life.loops", "package a.loops"),
  "life/denies.rego": life.DENYING,
  "life/allocates.rego": life.podPolicy(
    "allocates",
    `deny contains "never" if {
	input.request.object.metadata.labels.allocate
	pairs := [[i, j] | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000)]
	count(pairs) == 7
}`,
  ),
  "life/walks.rego": life.podPolicy(
    "walks",
    `deny contains "never" if {
	input.request.object.metadata.labels.walk
	walk(input.request.object, [path, value])
	count(path) == -1
	value == "never"
}`,
  ),
  "life/fails.rego": life.podPolicy(
    "fails",
    `value := 1 if input.request.object.metadata.labels.fail

value := 2 if input.request.object.metadata.labels.fail

deny contains "never" if value == 3`,
  ),
};

let server: RunningServer;
let started: number;

beforeAll(async () => {
  const { file } = await life.bundleOf(POLICIES);
  const bindings = path.join(await temporaryFolder(), "bindings.yaml");
  const policies = Object.keys(POLICIES).map((name) => name.replace(".rego", ""));
  const texts = policies.map((policy) =>
    life.bindingOf(policy, policy === "a/loops" || policy === "life/fails" ? "Ignore" : "Fail"),
  );
  await writeFile(bindings, texts.join("---\n"));
  const certificates = await life.certificates();
  server = await startServer(certificates, ["--policies", file, "--bindings", bindings, "--workers=2"]);
  started = await startTime();
});

afterAll(() => server.stop());

/** When the process started: another process would have another time. */
const startTime = (): Promise<number> => life.metric(server, "process_start_time_seconds");

function review(labels: Readonly<Record<string, string>>, timeout = 10): Promise<HttpAnswer> {
  return server.post(`/validate?timeout=${timeout}s`, life.podReview(labels));
}

async function expectHealthy(): Promise<void> {
  const verdicts = await Promise.all(
    Array.from({ length: 40 }, async (_, index) =>
      life.verdictOf(await review(index % 2 === 0 ? { bad: "x" } : { good: "x" })),
    ),
  );
  expect(verdicts.map(({ allowed }) => allowed)).toEqual(verdicts.map((_, index) => index % 2 === 1));
  expect((await server.get("/readyz")).status).toBe(200);
  expect(await startTime()).toBe(started);
}

test("a policy that never ends and may be ignored does not hide the denial behind it, within the time of the request", async () => {
  const within = AbortSignal.timeout(10_000);
  const first = life.verdictOf(await review({ loop: "x", bad: "x" }, 10));
  expect([first.status?.code, within.aborted]).toEqual([403, false]);
  expect(first.status?.message).toContain("life/denies: no");
  const ignored = await review({ loop: "x" }, 10);
  expect(life.verdictOf(ignored).allowed).toBe(true);
  await expectHealthy();
});

test("requests are answered as before while one that never ends comes five times a second", async () => {
  const loops: Promise<HttpAnswer>[] = [];
  const timer = setInterval(
    () => loops.push(server.postAlone("/validate?timeout=30s", life.podReview({ loop: "x", bad: "x" }))),
    200,
  );
  const end = Date.now() + 10_000;
  let answered = 0;
  for (; Date.now() < end; answered += 1) {
    expect(life.verdictOf(await review({ bad: "x" }, 30)).status?.code).toBe(403);
  }
  clearInterval(timer);
  const verdicts = (await Promise.all(loops)).map(life.verdictOf);
  expect(verdicts.map(({ status }) => status?.code)).toEqual(loops.map(() => 403));
  life.tell(`${answered} other requests were answered one by one beside ${loops.length} that never end`);
  await expectHealthy();
});

test("a policy that allocates without end is a policy error, and nothing else", async () => {
  const verdicts = await Promise.all(
    Array.from({ length: 10 }, async () => life.verdictOf(await review({ allocate: "x" }, 30))),
  );
  expect(new Set(verdicts.map(({ status }) => status?.code))).toEqual(new Set([500]));
  for (const { status } of verdicts) expect(status?.message).toContain("life/allocates");
  await expectHealthy();
});

test("a policy that recurses to the limit of the stack is a policy error, and nothing else", async () => {
  // Rego has no recursion of its own; `walk` goes as deep as the object, and the object as deep as Kubernetes takes.
  const levels = 9_900;
  const body = life
    .podReview({ walk: "x" }, { deep: "HERE" })
    .replace('"HERE"', '{"a":'.repeat(levels) + "1" + "}".repeat(levels));
  const verdicts = await Promise.all(
    Array.from({ length: 20 }, async () => life.verdictOf(await server.post("/validate?timeout=30s", body))),
  );
  expect(new Set(verdicts.map(({ status }) => status?.code))).toEqual(new Set([500]));
  for (const { status } of verdicts) expect(status?.message).toContain("life/walks");
  await expectHealthy();
});

const FAILED =
  'portcullis_policy_evaluations_total{policy="life/fails",enforcement="deny",result="error",dry_run="false"}';

test("a policy that fails every time for half a minute leaves everything as it was", async () => {
  const memory = (): Promise<number> => life.metric(server, "process_resident_memory_bytes");
  const failed = await life.metric(server, FAILED);
  const replaced = await life.metric(server, 'portcullis_workers_replaced_total{reason="crash"}');
  const before = await memory();
  const end = Date.now() + 30_000;
  let sent = 0;
  const client = async (): Promise<void> => {
    while (Date.now() < end) {
      sent += 1;
      const isBad = sent % 2 === 0;
      const verdict = life.verdictOf(
        // With time enough: this test is not about deadlines, and a machine may stand still for seconds.
        await review(isBad ? { fail: "x", bad: "x" } : { fail: "x" }, 30),
      );
      expect(verdict.allowed ? "allowed" : verdict.status?.message).toMatch(
        isBad ? /life\/denies: no/ : /^allowed$/,
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  const mebibytes = async (): Promise<string> =>
    `${(before / 2 ** 20).toFixed(0)} to ${((await memory()) / 2 ** 20).toFixed(0)} MiB`;
  life.tell(`${sent} requests at which a policy failed; memory from ${await mebibytes()}`);
  expect((await life.metric(server, FAILED)) - failed).toBe(sent);
  expect(await life.metric(server, 'portcullis_workers_replaced_total{reason="crash"}')).toBe(replaced);
  await expectHealthy();
});
