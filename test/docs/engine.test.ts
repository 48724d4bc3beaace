/** The sample of docs/engine.md gives what the page says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";
import { compileRego } from "../compile-rego.ts";
import { page, samplesOf } from "./pages.ts";

test("the sample of docs/engine.md prints what the page says", async () => {
  const samples = samplesOf(await page("docs/engine.md"));
  const textOf = (language: string): string =>
    samples.find((sample) => sample.language === language)?.text ?? "";
  const flags = ["--wasm-include-print"];
  const { wasm } = await compileRego({ "example.rego": textOf("rego") }, ["example/deny"], flags);
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-engine-sample-"));
  try {
    writeFileSync(path.join(folder, "policy.wasm"), wasm);
    const engine = pathToFileURL(path.resolve("src/engine/index.ts")).href;
    writeFileSync(path.join(folder, "sample.mts"), textOf("ts").replace("../src/engine/index.ts", engine));
    const args = ["--disable-warning=ExperimentalWarning", "sample.mts"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe(textOf("text"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
