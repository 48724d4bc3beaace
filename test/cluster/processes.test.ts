import { expect, test } from "@jest/globals";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { nothingNames, processesThatName } from "./process-list.ts";
import { supervise, type Processes } from "./processes.ts";

interface Supervised {
  readonly root: string;
  readonly logs: string;
  readonly processes: Processes;
}

async function supervised(): Promise<Supervised> {
  const root = await mkdtemp(join(tmpdir(), "portcullis-test-"));
  const logs = join(root, "logs");
  await mkdir(logs);
  return { root, logs, processes: supervise({ root, logs }) };
}

/** A process that names the folder in its command line, waits for ever, and starts another that does. */
function sleeper(root: string): {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
} {
  const script = `echo started; trap '' TERM; (sleep 600; :) & sleep 600; : ${root}`;
  return { name: "sleeper", program: "/bin/sh", args: ["-c", script] };
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await delay(20);
}

async function hasStarted(logs: string): Promise<void> {
  await until(async () => (await readFile(join(logs, "sleeper.log"), "utf8")) === "started\n");
}

test("stop ends processes that want to stay, and what they started, and removes the folder", async () => {
  const { root, logs, processes } = await supervised();
  processes.start(sleeper(root));
  await hasStarted(logs);
  expect(processesThatName(root).length).toBeGreaterThan(1);
  await processes.stop();
  await nothingNames(root);
  expect(existsSync(root)).toBe(false);
  await processes.stop();
});

test("a process that ends by itself is named, with how it ended and its log", async () => {
  const { logs, processes } = await supervised();
  processes.start({ name: "short", program: "/bin/sh", args: ["-c", "echo said; echo more >&2; exit 7"] });
  const log = join(logs, "short.log");
  expect(await processes.failed).toEqual({ name: "short", end: "exit code 7", log });
  expect(await readFile(log, "utf8")).toBe("said\nmore\n");
  await processes.stop();
});

test("a process that ends by a signal that it was sent is no failure of the others", async () => {
  const { root, logs, processes } = await supervised();
  const told = processes.start(sleeper(root));
  await hasStarted(logs);
  told.signal("SIGKILL");
  expect(await told.ended).toBe("signal SIGKILL");
  processes.start({ name: "short", program: "/bin/sh", args: ["-c", "exit 7"] });
  expect(await processes.failed).toMatchObject({ name: "short" });
  await processes.stop();
});

test("a program that cannot be started is a process that ended", async () => {
  const { processes } = await supervised();
  processes.start({ name: "none", program: "/nowhere/none", args: [] });
  expect(await processes.failed).toMatchObject({ name: "none", end: "spawn /nowhere/none ENOENT" });
  await processes.stop();
});

test("a process gets PATH, the folder as its home, what it is given, and nothing else of the caller's", async () => {
  const { root, logs, processes } = await supervised();
  process.env["HTTPS_PROXY"] = "http://127.0.0.1:1";
  processes.start({ name: "env", program: "/usr/bin/env", args: [], environment: { GIVEN: "yes" } });
  delete process.env["HTTPS_PROXY"];
  await processes.failed;
  const lines = (await readFile(join(logs, "env.log"), "utf8")).trim().split("\n").toSorted();
  expect(lines).toEqual(["GIVEN=yes", `HOME=${root}`, `PATH=${process.env["PATH"]}`, `TMPDIR=${root}`]);
  await processes.stop();
});

function sleep(): ChildProcess {
  return spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
}

test("the watchdog spares a process that ended by itself, whose id may be somebody else's by now", async () => {
  const root = await mkdtemp(join(tmpdir(), "portcullis-test-"));
  const [spared, ended, last] = [sleep(), sleep(), sleep()] as const;
  const exits = Promise.all([once(ended, "exit"), once(last, "exit")]);
  const input = `+${spared.pid}\n+${ended.pid}\n+${last.pid}\n-${spared.pid}\n`;
  spawnSync("/bin/sh", [join(import.meta.dirname, "end-with-parent.sh"), root], { input });
  await exits;
  expect([spared, ended, last].map((child) => child.signalCode)).toEqual([null, "SIGKILL", "SIGKILL"]);
  expect(existsSync(root)).toBe(false);
  spared.kill("SIGKILL");
});

test("when the program that started them is killed, they end and the folder goes", async () => {
  const root = await mkdtemp(join(tmpdir(), "portcullis-test-"));
  const logs = join(root, "logs");
  await mkdir(logs);
  const module = pathToFileURL(join(import.meta.dirname, "processes.ts")).href;
  const script = join(root, "parent.ts");
  await writeFile(
    script,
    `import { supervise } from ${JSON.stringify(module)};
     supervise(${JSON.stringify({ root, logs })}).start(${JSON.stringify(sleeper(root))});
     console.log("started");`,
  );
  const parent = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: parent.stdout })) if (line === "started") break;
  await hasStarted(logs);
  parent.kill("SIGKILL");
  await until(() => !existsSync(root));
  await until(() => processesThatName(root).length === 0);
  expect(existsSync(root)).toBe(false);
});
