/** What `make cluster` runs, as a person starts and ends it. */
import { beforeEach, afterEach, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { run } from "../docs/command.ts";
import { nothingNames, processesThatName } from "../cluster/process-list.ts";

interface RunningCluster {
  readonly child: ChildProcess;
  /** What it says beside its result, so far. */
  readonly said: () => string;
  /** Below the folder that everything is in. */
  readonly kubeconfig: string;
  /** The commands to try. */
  readonly commands: readonly string[];
}

// etcd, API server, controllers, Portcullis, and the watchdog.
const PROCESSES = 5;

const PROGRAM = new URL("../cluster/main.ts", import.meta.url);

let cluster: RunningCluster;

async function start(): Promise<RunningCluster> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", fileURLToPath(PROGRAM)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const [first = "", ...commands] = lines;
    const kubeconfig = /^export KUBECONFIG=(.+)$/.exec(first)?.[1];
    if (kubeconfig !== undefined && commands.length === 2)
      return { child, kubeconfig, commands, said: () => said };
  }
  throw new Error(`it ended without telling how to try it: ${said}`);
}

beforeEach(async () => {
  cluster = await start();
});

afterEach(() => {
  cluster.child.kill("SIGKILL");
});

test("of the two commands that it prints one is denied, the other admitted and changed", async () => {
  const { kubeconfig, commands } = cluster;
  const [denied = "", admitted = ""] = commands;
  const sh = (line: string): ReturnType<typeof run> =>
    run("/bin/sh", ["-c", line], ".", { KUBECONFIG: kubeconfig });
  expect(await sh(denied)).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("denied the request: pod-security/privileged"),
  });
  const { exitCode, stdout } = await sh(admitted);
  expect(exitCode).toBe(0);
  // What the API server stored, and what the manifest left out.
  expect(stdout).toMatch(/^ {2}uid: /m);
  expect(stdout).toMatch(/^ {4}team: web$/m);
  expect(stdout).toMatch(/^ {4}seccompProfile:\n {6}type: RuntimeDefault$/m);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s ends it well and leaves nothing", async (signal) => {
  const { child, kubeconfig } = cluster;
  const folder = dirname(dirname(kubeconfig));
  expect(processesThatName(folder)).toHaveLength(PROCESSES);
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([0, null]);
  await nothingNames(folder);
  expect(existsSync(folder)).toBe(false);
});

test("killed, it leaves nothing either", async () => {
  const { child, kubeconfig } = cluster;
  const folder = dirname(dirname(kubeconfig));
  child.kill("SIGKILL");
  while (existsSync(folder) || processesThatName(folder).length > 0) await delay(100);
  expect(existsSync(folder)).toBe(false);
});

test("a process that dies ends it, with a sentence of its own and exit code 1", async () => {
  const { child, kubeconfig, said } = cluster;
  const folder = dirname(dirname(kubeconfig));
  const etcd = processesThatName(folder).filter(({ command }) => command.includes("/etcd --data-dir="));
  for (const { pid } of etcd) process.kill(pid, "SIGKILL");
  expect(await once(child, "close")).toEqual([1, null]);
  await nothingNames(folder);
  const kept = /^error: etcd ended with signal SIGKILL; .* \(its log is (.+)\)\.$/m.exec(said())?.[1] ?? "";
  expect(existsSync(kept)).toBe(true);
  await rm(dirname(kept), { recursive: true });
});
