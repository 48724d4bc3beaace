import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { runOpa } from "./opa-process.ts";

const NODE = { program: process.execPath, folder: tmpdir(), milliseconds: 60_000 };

test("what a program says and how it ends are its result", async () => {
  const script = 'console.log("out"); console.error("err"); process.exitCode = 3;';
  expect(await runOpa(NODE, ["-e", script])).toEqual({
    kind: "ended",
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("a program that never ends is ended when its time is over", async () => {
  const script = "for (;;) {}";
  expect(await runOpa({ ...NODE, milliseconds: 300 }, ["-e", script])).toEqual({ kind: "timeout" });
});

test("a program that is not there is an error with its name", async () => {
  const program = path.join(tmpdir(), "no-opa");
  await expect(runOpa({ ...NODE, program }, [])).rejects.toThrow(`${program} could not be run`);
});
