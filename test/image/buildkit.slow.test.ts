// oxlint-disable jest/no-standalone-expect -- the rule does not see that `possible` is `test` or `test.skip`
/** How BuildKit's daemon is started and stopped, with a stand-in for it. Slow, since it waits for what never comes. */
import { afterAll, expect, test } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { tell } from "../life/life.ts";
import { againstContainers, startBuildKit } from "./buildkit.ts";
import { ownFolder, removeOwnFolders } from "./folders.ts";

const against = againstContainers();
if (against !== undefined) tell(`skipped: how BuildKit is stopped: ${against}`);
const possible = against === undefined ? test : test.skip;

afterAll(removeOwnFolders);

possible(
  "a daemon that never gets ready has ended when that is told, also if it does not hear SIGTERM",
  async () => {
    const folder = await ownFolder();
    const program = async (name: string, script: string): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return file;
    };
    const pid = path.join(folder, "pid");
    const programs = {
      daemon: await program("daemon", `echo $$ > ${pid}; trap "" TERM; exec sleep 600`),
      client: await program("client", "echo nobody answers >&2; exit 1"),
      runtime: "none",
    };
    await expect(startBuildKit(programs, path.join(folder, "buildkit"))).rejects.toThrow("nobody answers");
    const started = Number(await readFile(pid, "utf8"));
    expect(started).toBeGreaterThan(0);
    expect(() => process.kill(started, 0)).toThrow("ESRCH");
  },
);
