import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";

/** A program to run beside the others. */
interface ProcessToStart {
  /** Names its log file. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Added to PATH, HOME and TMPDIR, which are all that it gets of the caller's: no proxy, no KUBECONFIG. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One of them. */
export interface StartedProcess {
  /** From now on its end is nobody's failure. Without effect once it has ended. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves when it has ended, however that came: `exit code 0`, `signal SIGKILL` or why it could not be started. */
  readonly ended: Promise<string>;
}

/** Processes that end together, and a folder that goes with them, also when this program is killed. */
export interface Processes {
  /** Standard output and error go to the log file `logs/<name>.log`. */
  readonly start: (process: ProcessToStart) => StartedProcess;
  /** Resolves with the first process that ends by itself; never if `stop` or a signal ends them all. */
  readonly failed: Promise<ProcessFailure>;
  /** Resolves when `stop` has ended them all. */
  readonly stopped: Promise<void>;
  /** Ends them, waits until they are gone, and removes the folder. Safe to call again. */
  readonly stop: () => Promise<void>;
}

export interface ProcessFailure {
  readonly name: string;
  /** `exit code 1`, `signal SIGKILL` or why it could not be started. */
  readonly end: string;
  readonly log: string;
}

const WATCHDOG = join(import.meta.dirname, "end-with-parent.sh");

/** `root` is removed in the end and is everybody's home meanwhile; `logs` is a folder below it. */
export function supervise(folders: { readonly root: string; readonly logs: string }): Processes {
  const groups = { detached: true } as const;
  const watchdog = spawn("/bin/sh", [WATCHDOG, folders.root], {
    ...groups,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // It outlives a process that could tell it something, so a broken pipe is news of no use.
  watchdog.stdin.on("error", () => undefined);
  const running = new Set<Promise<unknown>>([once(watchdog, "exit")]);
  const { promise: failed, resolve: fail } = Promise.withResolvers<ProcessFailure>();
  const { promise: stopped, resolve: hasStopped } = Promise.withResolvers<void>();
  let stopping = false;

  const hasEnded = (failure: ProcessFailure, pid: number | undefined, isWanted: boolean): void => {
    if (stopping) return;
    if (!isWanted) fail(failure);
    if (pid !== undefined) watchdog.stdin.write(`-${pid}\n`);
  };

  return {
    failed,
    stopped,
    start: (process) => {
      const log = join(folders.logs, `${process.name}.log`);
      const child = startProcess(process, folders.root, log);
      const { pid } = child;
      if (pid !== undefined) {
        watchdog.stdin.write(`+${pid}\n`);
        running.add(once(child, "exit"));
      }
      const { name } = process;
      let isWanted = false;
      const ended = endOf(child);
      void ended.then((end) => hasEnded({ name, log, end }, pid, isWanted));
      return {
        ended,
        signal: (signal) => {
          isWanted = true;
          child.kill(signal);
        },
      };
    },
    stop: async () => {
      stopping = true;
      watchdog.stdin.end();
      await Promise.all(running);
      hasStopped();
    },
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}

/**
 * A process group of its own: Ctrl-C in a terminal reaches only the program that started it, which then ends them all.
 */
function startProcess(
  { program, args, environment }: ProcessToStart,
  home: string,
  log: string,
): ChildProcess {
  const output = openSync(log, "a", 0o600);
  try {
    return spawn(program, args, {
      cwd: home,
      detached: true,
      stdio: ["ignore", output, output],
      env: { PATH: process.env["PATH"], HOME: home, TMPDIR: home, ...environment },
    });
  } finally {
    closeSync(output);
  }
}
