// oxlint-disable jest/no-standalone-expect -- the rule does not see that `confined` is `describe` or `describe.skip`
/** How a sandbox and what runs in it end, with a stand-in for the server. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { eventually, tell } from "../life/life.ts";
import { layBase } from "./base.ts";
import { ownFolder, removeOwnFolders } from "./folders.ts";
import { confinement, innerProcess, sandbox, type Sandbox } from "./sandbox.ts";
import { layCertificates, whileServing, type Served } from "./serving.ts";

const possible = confinement();
if (possible.kind === "none") tell(`skipped: how a sandbox ends: ${possible.reason}`);
const confined = possible.kind === "none" ? describe.skip : describe;
const kind = possible.kind === "root" ? "root" : "user namespace";

const PORTS = 'console.error("https://localhost:1/mutate http://localhost:2/metrics");';
/** Starts what it is given, tells its process, and stays. */
const STARTS = '"$@" & echo $!; wait';
const STAYS = "setInterval(() => undefined, 1_000);";

/** False where nobody is any more who could hear it; 0 only asks. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  return signal(pid, 0);
}

function untilEnded({ pid }: Pick<Served, "pid">): Promise<void> {
  return eventually("it has ended", () => !isRunning(pid));
}

async function killsAndFails({ pid }: Served): Promise<void> {
  process.kill(pid, "SIGKILL");
  await untilEnded({ pid });
  throw new Error("not as expected");
}

/** Not as a server is ended, but by what it listens to itself. */
async function endsAsTold({ pid }: Served): Promise<void> {
  process.kill(pid, "SIGUSR2");
  await untilEnded({ pid });
}

confined("what runs in a sandbox", () => {
  let root: string;

  beforeAll(async () => {
    root = path.join(await ownFolder(), "root");
    await layBase(root, []);
    await layCertificates(root);
  });

  afterAll(removeOwnFolders);

  const running = (script: string): Sandbox =>
    sandbox(kind, root, {
      user: 65532,
      workingDirectory: "/home/nonroot",
      entrypoint: ["/nodejs/bin/node", "--eval", script, "--"],
      command: [],
      environment: {},
    });

  test("ends with the process that started it, though it is another user's", async () => {
    const parent = spawn("sh", ["-c", STARTS, "sh", ...running(STAYS).command([])], {
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const told: readonly unknown[] = await once(createInterface({ input: parent.stdout }), "line");
    const outer = Number(told[0]);
    try {
      const pid = await innerProcess({ pid: outer });
      expect(isRunning(pid)).toBe(true);
      parent.kill("SIGKILL");
      await untilEnded({ pid });
    } finally {
      parent.kill("SIGKILL");
      signal(outer, "SIGKILL");
    }
  });

  test("that does not end on SIGTERM is ended, without an exit code", async () => {
    const stubborn = running(`process.on("SIGTERM", () => undefined); ${PORTS} ${STAYS}`);
    let pid = 0;
    const step = async (served: Served): Promise<void> => {
      ({ pid } = served);
    };
    expect(await whileServing(stubborn, root, step, 100)).toBeNull();
    await untilEnded({ pid });
  });

  test("ends where a step fails, and the failure is told", async () => {
    let pid = 0;
    const fails = async (served: Served): Promise<void> => {
      ({ pid } = served);
      await Promise.reject(new Error("not as expected"));
    };
    await expect(whileServing(running(PORTS + STAYS), root, fails)).rejects.toThrow("not as expected");
    await untilEnded({ pid });
  });

  test("that has ended before a step fails does not hide the failure", async () => {
    const killed = running(PORTS + STAYS);
    await expect(whileServing(killed, root, killsAndFails)).rejects.toThrow("not as expected");
  });

  test("that ends by itself is told with its exit code", async () => {
    const ends = running(`process.on("SIGUSR2", () => process.exit(7)); ${PORTS} ${STAYS}`);
    expect(await whileServing(ends, root, endsAsTold)).toBe(7);
  });
});
