/** What the README shows is what happens. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { NODE_ARGUMENTS } from "../running-server.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-readme-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** `npm run eval -- …`, whatever its exit code. */
async function evaluate(args: readonly string[]): Promise<string> {
  const command = [...NODE_ARGUMENTS, "eval", ...args];
  const ended = await promisify(execFile)(process.execPath, command).catch((error: unknown) => error);
  return typeof ended === "object" && ended !== null && "stdout" in ended ? String(ended.stdout) : "";
}

test("the denial that it shows is what eval prints", async () => {
  const readme = await readFile("README.md", "utf8");
  const transcript = /\n```\n(✗ denied[^]*?)\n```/.exec(readme)?.[1] ?? "no transcript";
  expect(await evaluate(["test/fixtures/manifests/bad-pod.yaml"])).toContain(transcript);
});

test("changing the named line of the named policy turns warnings into a denial", async () => {
  const policies = path.join(folder, "policies");
  await cp("policies", policies, { recursive: true });
  const args = ["--policies", policies, "test/fixtures/manifests/bad-deployment.yaml"];
  expect(await evaluate(args)).toContain("allowed with warnings Deployment shop/frontend");
  const file = path.join(policies, "labels/required.rego");
  const source = await readFile(file, "utf8");
  const line = "#   enforcement: warn\n";
  expect(source.split(line)).toHaveLength(2);
  await writeFile(file, source.replace(line, "#   enforcement: deny\n"));
  expect(await evaluate(args)).toContain("denied Deployment shop/frontend");
});
