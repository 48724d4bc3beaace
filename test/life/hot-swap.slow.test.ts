/** Policies change under load, for better and for worse. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { policyFolder, temporaryFolder } from "../policy-folder.ts";
import { startServer, type RunningServer } from "../running-server.ts";
import * as life from "./life.ts";
import { type Origin, originOf, SteadyLoad } from "./steady-load.ts";

const MINUTES = 60_000;
const SWAPS = 20;

let certificates: string;

beforeAll(async () => {
  certificates = await life.certificates();
});

const saying = (word: string): string =>
  life.podPolicy("says", `deny contains "says ${word}" if input.request.object`);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

test(
  `${SWAPS} swaps of the bundle under load lose no request, and every answer carries the revision that made it`,
  async () => {
    const bundles = {
      one: await life.bundleOf({ "life/says.rego": saying("one") }),
      two: await life.bundleOf({ "life/says.rego": saying("two") }),
    };
    const place = path.join(await temporaryFolder(), "bundle.tar.gz");
    await life.replaceBy(place, bundles.one.file);
    const server = await startServer(certificates, ["--policies", place]);
    try {
      const load = new SteadyLoad(server);
      await delay(500);
      const times: number[] = [];
      for (let swap = 1; swap <= SWAPS; swap += 1) {
        const word = swap % 2 === 0 ? "one" : "two";
        const renamed = performance.now();
        await life.replaceBy(place, bundles[word].file);
        await life.eventually(`swap ${swap} takes over`, async () =>
          (await originOf(server, "postAlone")).message.includes(`says ${word}`),
        );
        times.push(performance.now() - renamed);
        await delay(200);
      }
      const { answers, rate } = await load.stop();
      life.tell(
        `${answers.length} requests at ${rate.toFixed(0)}/s through ${SWAPS} swaps; from rename to enforced: median ${median(times).toFixed(0)} ms, longest ${Math.max(...times).toFixed(0)} ms`,
      );
      expect(answers.filter(({ status }) => status === "rejected")).toEqual([]);
      const origins = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      const of = (word: "one" | "two"): readonly Origin[] =>
        origins.filter(
          ({ message, annotations }) =>
            message.includes(`says ${word}`) && annotations.includes(bundles[word].revision),
        );
      expect(of("one").length + of("two").length).toBe(answers.length);
      expect(Math.min(of("one").length, of("two").length)).toBeGreaterThan(SWAPS);
      expect(await life.metric(server, 'portcullis_reloads_total{result="success"}')).toBe(SWAPS);
      expect(await life.metric(server, 'portcullis_reloads_total{result="failure"}')).toBe(0);
    } finally {
      await server.stop();
    }
  },
  10 * MINUTES,
);

describe("a change that cannot be loaded", () => {
  let server: RunningServer;
  let policy: string;
  let bindings: string;

  beforeAll(async () => {
    const policies = await policyFolder({ "life/says.rego": saying("one") });
    policy = path.join(policies, "life/says.rego");
    bindings = path.join(await temporaryFolder(), "bindings.yaml");
    await writeFile(bindings, life.bindingOf("life/says", "Fail"));
    server = await startServer(certificates, ["--policies", policies, "--bindings", bindings]);
  });

  afterAll(() => server.stop());

  const failed = (): Promise<number> => life.metric(server, "portcullis_reload_failed");
  const lastFailure = (): unknown =>
    JSON.parse(server.log.findLast((line) => line.includes("reload failed")) ?? "null");

  async function stillSays(word: string): Promise<void> {
    expect((await originOf(server)).message).toContain(`says ${word}`);
  }

  test("leaves the last good policies deciding, is told with file and line, and is over when it is mended", async () => {
    await life.rewrite(policy, `${saying("two")}\ndeny contains if if\n`);
    await life.eventually("the broken policy is noticed", async () => (await failed()) === 1);
    await stillSays("one");
    const { status, body } = await server.get("/readyz");
    expect([status, body]).toEqual([
      200,
      expect.stringMatching(
        /^\[-\]reload failed \(does not count\): [A-Z_]+.*still decides.*\n(.*\n)*readyz check passed$/m,
      ),
    ]);
    expect(lastFailure()).toMatchObject({
      code: "REGO_INVALID",
      position: { file: expect.stringMatching(/life\/says\.rego$/), line: 11 },
    });

    await life.rewrite(policy, saying("two"));
    await life.eventually("the mended policy is noticed", async () => (await failed()) === 0);
    await stillSays("two");
    expect((await server.get("/readyz")).body).toContain("[+]reload ok");
  });

  test("may be one of the bindings: the last good ones decide until it is mended", async () => {
    const good = life.bindingOf("life/says", "Fail");
    await life.rewrite(bindings, good.replace("Fail", "Perhaps"));
    await life.eventually("the broken binding is noticed", async () => (await failed()) === 1);
    await stillSays("two");
    expect((await server.get("/readyz")).status).toBe(200);
    expect(lastFailure()).toMatchObject({
      reason: expect.stringContaining("failurePolicy"),
      position: { file: bindings },
    });
    await life.rewrite(bindings, good);
    await life.eventually("the mended binding is noticed", async () => (await failed()) === 0);
    await stillSays("two");
  });
});

test("a bundle that is cut in half leaves the last good one deciding", async () => {
  const good = await life.bundleOf({ "life/says.rego": saying("one") });
  const next = await life.bundleOf({ "life/says.rego": saying("two") });
  const folder = await temporaryFolder();
  const place = path.join(folder, "bundle.tar.gz");
  const broken = path.join(folder, "broken");
  await life.replaceBy(place, good.file);
  const server = await startServer(certificates, ["--policies", place]);
  const failed = (): Promise<number> => life.metric(server, "portcullis_reload_failed");
  try {
    await writeFile(broken, (await readFile(next.file)).subarray(0, 500));
    await life.replaceBy(place, broken);
    await life.eventually("the broken bundle is noticed", async () => (await failed()) === 1);
    expect((await originOf(server)).message).toContain("says one");
    const { status, body } = await server.get("/readyz");
    expect([status, body]).toEqual([
      200,
      expect.stringContaining("[-]reload failed (does not count): BUNDLE_"),
    ]);
    await life.replaceBy(place, next.file);
    await life.eventually("the next bundle is noticed", async () => (await failed()) === 0);
    expect((await originOf(server)).message).toContain("says two");
  } finally {
    await server.stop();
  }
});
