import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { readFileSync, readdirSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

/** How long a process may take to end after SIGTERM, in milliseconds. Gatekeeper waits ten seconds by design. */
const STOP_LIMIT = 15_000;
/** What a process that failed wrote last, so that an error can quote it. */
const KEPT_OUTPUT = 4_000;

/** Holds a process to given cores. */
const TASKSET = "taskset";

/** A program with its arguments, and what it needs besides. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The only core that it may use; without it, all. */
  readonly core?: number;
}

/** A process that runs until it is stopped. */
export interface RunningProcess {
  readonly pid: number;
  /** Undefined while it runs; then what it wrote to standard error last. */
  failure(): string | undefined;
  /** SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

/** Every process that was started and has not ended, so that none outlives the benchmark. */
const running = new Set<ChildProcess>();

/** Ends what still runs, with its children, at once; the last thing that the benchmark does, however it ends. */
export function killAll(): void {
  for (const { pid } of running) if (pid !== undefined) killGroup(pid);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended just now.
  }
}

function start({ command, args, environment = {}, core }: Program, stdout: "ignore" | "pipe"): ChildProcess {
  const words = core === undefined ? [command, ...args] : [TASKSET, "-c", String(core), command, ...args];
  const [program = "", ...rest] = words;
  // A group of its own: it ends with its children, and Ctrl-C reaches the benchmark alone, which then ends the others.
  const child = spawn(program, rest, {
    stdio: ["ignore", stdout, "pipe"],
    env: { ...process.env, ...environment },
    detached: true,
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Starts a server. Its standard output is formatted and written, and then thrown away. */
export function startProcess(program: Program): RunningProcess {
  const child = start(program, "ignore");
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-KEPT_OUTPUT)));
  child.once("error", (error) => (said += error.message));
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    failure: () =>
      ended() || child.pid === undefined ? `${program.command} ended unexpectedly: ${said}` : undefined,
    stop: async () => {
      if (ended()) return;
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
      await exit;
      clearTimeout(kill);
    },
  };
}

/** What a program that ran to its end gave. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs a program to its end. */
export async function run(program: Program): Promise<Run> {
  const begin = performance.now();
  const child = start(program, "pipe");
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  await once(child, "close");
  return { code: child.exitCode, ...output, seconds: (performance.now() - begin) / 1_000 };
}

/** Runs a program that has to succeed and gives its standard output. */
export async function mustRun(program: Program): Promise<string> {
  const { code, stdout, stderr } = await run(program);
  if (code === 0) return stdout;
  throw new Error(`${[program.command, ...program.args].join(" ")} ended with ${code}: ${stdout}${stderr}`);
}

/** Why processes cannot be held to one core, if so. */
export function pinningProblem(): string | undefined {
  if (availableParallelism() < 2) return "this machine has one core only";
  return spawnSync(TASKSET, ["--version"]).status === 0 ? undefined : `${TASKSET} (util-linux) is missing`;
}

const clockTicks = (): number => Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout);

let ticks: number | undefined;

/** Processor seconds that a process, its threads and its children have used. Linux only. */
export function processorSeconds(pid: number): number {
  ticks ??= clockTicks();
  // The command in parentheses may hold spaces; user and system time are fields 14 and 15 (proc_pid_stat(5)).
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  const own = (Number(fields[11]) + Number(fields[12])) / ticks;
  return children(pid).reduce((sum, child) => sum + processorSeconds(child), own);
}

/** Resident memory of a process and its children, in megabytes of 2^20 bytes. Linux only. */
export function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return children(pid).reduce((sum, child) => sum + residentMegabytes(child), Number(kilobytes) / 1_024);
}

function children(pid: number): readonly number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
}

/** Tries until there is a value; fails if the process ends before, or after 60 seconds. */
export async function waitFor<T>(
  server: RunningProcess,
  attempt: () => Promise<T | undefined>,
  pause: number,
): Promise<T> {
  const limit = performance.now() + 60_000;
  while (performance.now() < limit) {
    const failure = server.failure();
    if (failure !== undefined) throw new Error(failure);
    const value = await attempt().catch(() => undefined);
    if (value !== undefined) return value;
    await delay(pause);
  }
  throw new Error("A server did not become ready within 60 seconds.");
}
