import { expect, test } from "@jest/globals";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "../policy-folder.ts";
import { failureError, lastLines } from "./logs.ts";

test("the last lines of a log are those that say something, cut to a length that can be read", () => {
  expect(lastLines("one\ntwo\n\nthree\nfour\n  \n")).toEqual(["two", "three", "four"]);
  expect(lastLines(`${"x".repeat(1_000)}\n`)).toEqual(["x".repeat(300)]);
  expect(lastLines("")).toEqual([]);
});

test("a process that ended is told in one sentence, with a log that stays when the control plane's is gone", async () => {
  const folder = join(await temporaryFolder(), "logs");
  await mkdir(folder);
  const log = join(folder, "kube-apiserver.log");
  await writeFile(log, "Error: unknown flag: --wrong\n");
  const failure = { name: "kube-apiserver", end: "exit code 1", log };
  const error = await failureError(failure);
  // Told to two who wait for it, it is kept once.
  expect(await failureError(failure)).toBe(error);
  const { message } = error;
  await rm(folder, { recursive: true });
  const [, kept = ""] =
    /^kube-apiserver ended with exit code 1; its last lines: Error: unknown flag: --wrong \(its log is (.+)\)\.$/.exec(
      message,
    ) ?? [];
  expect(await readFile(kept, "utf8")).toBe("Error: unknown flag: --wrong\n");
  await rm(dirname(kept), { recursive: true });
});
