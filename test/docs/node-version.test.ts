/** What `npm run` says in a checkout in which nothing can run yet. */
import { expect, test } from "@jest/globals";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { temporaryFolder } from "../policy-folder.ts";
import { run } from "./command.ts";

const CHECK = ["--import", "./node-version.mjs", "--eval", "console.log('runs')"];

test("in one that nobody has installed it says how", async () => {
  const folder = await temporaryFolder();
  await copyFile("node-version.mjs", path.join(folder, "node-version.mjs"));
  expect(await run(process.execPath, CHECK, folder)).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: "error: The packages of Portcullis are not installed. Run `make install`, and try again.\n",
  });
  expect(await run(process.execPath, ["node-version.mjs", "npm"], folder)).toMatchObject({ exitCode: 0 });
});

test("in one that is installed it says nothing", async () => {
  expect(await run(process.execPath, CHECK, ".")).toMatchObject({ exitCode: 0, stdout: "runs\n" });
});
