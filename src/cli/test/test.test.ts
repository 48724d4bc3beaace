import { EventEmitter } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { findOpa } from "../../../test/compile-rego.ts";
import { policyFolder, temporaryFolder } from "../../../test/policy-folder.ts";
import { TestReport } from "../../report/test-report.ts";
import { runCommand } from "../run-command.ts";

const POLICY = `# METADATA
# custom:
#   match: { resources: [deployments.apps] }
package shop.replicas

deny contains "too few" if input.request.object.spec.replicas < 2

patch contains {"op": "default", "path": "/metadata/labels/team", "value": "shop"} if input.request.object.kind

never if input.request.never
`;

const TESTS = `package shop.replicas_test

import data.shop.replicas

test_one_is_denied if replicas.deny == {"too few"} with input.request.object.spec.replicas as 1
`;

const DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 1 }\n";

let cache: string;

beforeAll(async () => {
  cache = await temporaryFolder();
});

function folderWith(tests: string): Promise<string> {
  return policyFolder({
    "shop/replicas.rego": POLICY,
    "shop/replicas_test.rego": tests,
    "shop/replicas/bad/one.yaml": DEPLOYMENT,
    "shop/replicas/mutate/label/input.yaml": DEPLOYMENT,
  });
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly ended: Promise<Ended>;
  readonly written: () => string;
  readonly signals: EventEmitter;
}

function start(...args: readonly string[]): Started {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const signals = new EventEmitter();
  const ended = runCommand({
    argv: ["node", "portcullis", "test", ...args],
    env: { ...process.env, XDG_CACHE_HOME: cache, OPA: findOpa(), NO_COLOR: "1" },
    platform: process.platform,
    arch: process.arch,
    stdin: Readable.from([]),
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    signals,
  }).then((code) => ({ code, stdout: stdout.join(""), stderr: stderr.join("") }));
  return { ended, written: () => stdout.join("") + stderr.join(""), signals };
}

function portcullisTest(...args: readonly string[]): Promise<Ended> {
  return start(...args).ended;
}

describe("the exit code", () => {
  test("is 0 where all passes, with fixtures, and what was compiled is not compiled again", async () => {
    const folder = await folderWith(TESTS);
    expect(await portcullisTest(folder, "--update", "-o", "json")).toMatchObject({ code: 0 });
    const again = await portcullisTest(folder);
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(again.stdout).toMatch(/^3 tests: 3 passed, 0 failed, 0 errors · /m);
  });

  test("is 1 where a test fails", async () => {
    const folder = await folderWith(TESTS.replace('"too few"', '"other"'));
    const { code, stdout } = await portcullisTest(folder, "--run", "test_");
    expect(code).toBe(1);
    expect(stdout).toContain("This does not hold: replicas.deny");
    expect(stdout).toContain(`${folder}/shop/replicas_test.rego:5:23`);
  });

  test("is 3 where a test comes to no result, and 2 where one cannot be compiled", async () => {
    const conflict = `${TESTS}\ntest_conflict := value if some value in [true, false]\n`;
    expect((await portcullisTest(await folderWith(conflict), "--run", "test_")).code).toBe(3);
    const missing = `${conflict}\ntest_missing if missing(1)\n`;
    expect((await portcullisTest(await folderWith(missing), "--run", "test_")).code).toBe(2);
  });

  test("is 2 for policies that do not build, no test, and an option that is none", async () => {
    const folder = await folderWith("package shop.replicas_test\n\ntest_x if");
    expect((await portcullisTest(folder)).stderr).toContain("[REGO_INVALID]");
    const none = await portcullisTest(await folderWith(TESTS), "--run", "nothing");
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(none.stderr).toContain("[TESTS_MISSING]");
    expect((await portcullisTest("--run", "(")).code).toBe(2);
    expect((await portcullisTest("--timeout", "0")).code).toBe(2);
    expect((await portcullisTest("--mutants", "-o", "junit")).code).toBe(2);
  });
});

test("coverage counts what fixtures reach, and --opa finds no difference", async () => {
  const folder = await folderWith(TESTS);
  await portcullisTest(folder, "--update");
  const { stdout, code } = await portcullisTest(folder, "--coverage", "--opa", "-o", "json");
  const { coverage, summary, differences } = TestReport.parse(JSON.parse(stdout));
  expect([code, summary.tests, differences]).toEqual([0, 3, []]);
  expect(coverage?.policies).toEqual([
    {
      policy: "shop/replicas",
      rules: 3,
      reached: 2,
      percent: 66.6,
      missed: [{ name: "never", file: `${folder}/shop/replicas.rego`, line: 10 }],
    },
  ]);
});

test("--update writes the expected files and says so", async () => {
  const folder = await folderWith(TESTS);
  expect((await portcullisTest(folder)).code).not.toBe(0);
  const { stdout, code } = await portcullisTest(folder, "--update");
  const expected = path.join(folder, "shop/replicas/mutate/label/expected.yaml");
  expect(stdout).toContain(`written: ${expected}`);
  expect(await readFile(expected, "utf8")).toContain("team: shop");
  expect(code).toBe(0);
});

test("--watch runs again when a test changes, and ends with the code of the last run", async () => {
  const folder = await folderWith(TESTS);
  const { ended, written, signals } = start(folder, "--watch", "--run", "test_");
  await untilWritten(written, "1 passed");
  await writeFile(path.join(folder, "shop/replicas_test.rego"), TESTS.replace('"too few"', '"other"'));
  await untilWritten(written, "1 failed");
  signals.emit("SIGINT");
  expect((await ended).code).toBe(1);
});

async function untilWritten(written: () => string, text: string): Promise<void> {
  while (!written().includes(text)) await delay(50);
}

test("a file in the place of the folder is told what to do instead", async () => {
  const root = await folderWith(TESTS);
  const file = path.join(root, "shop", "replicas_test.rego");
  const { code, stderr } = await start(file).ended;
  expect(code).toBe(2);
  expect(stderr).toContain(`${file} is a file, but tests run by folder.`);
  expect(stderr).toContain("--run PATTERN");
});
