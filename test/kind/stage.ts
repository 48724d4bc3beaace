/** A stage for `make kind`: programs stand in Docker's place and others', tell how they were called, and fail on demand. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "../policy-folder.ts";

const MAIN = path.resolve("test/kind/main.ts");
const TOOLS: readonly string[] = ["docker", "kind", "kubectl", "node"];

/**
 * Writes a line for each call. `FAIL` is how the call begins that fails, `HANG` how the one begins that never ends, and
 * `KILL` how the one begins that a signal ends.
 */
const STAND_IN = `#!/bin/sh
stage="$(dirname "$0")/.."
. "$stage/settings"
call="$(basename "$0") $*"
echo "$call" >> "$stage/calls"
case $call in "$FAIL"*) [ -z "$FAIL" ] || { echo "it went wrong" >&2; exit 7; } ;; esac
case $call in "$KILL"*) [ -z "$KILL" ] || kill -KILL $$ ;; esac
case $call in "$HANG"*) [ -z "$HANG" ] || exec sleep 600 ;; esac
case $call in
  node*test/kind/*) exec "$NODE" "$@" ;;
  *"config view"*) echo '{"users":[{"name":"admin","user":{}}]}' ;;
  *"get secret"*) printf Y2E= ;;
ANSWERS
esac
`;

export interface Stage {
  readonly folder: string;
  /** How each program was called, in the order of the calls. */
  readonly calls: () => Promise<readonly string[]>;
}

interface StageOptions {
  /** Assignments of `FAIL`, `HANG` and `KILL`. Default: none. */
  readonly settings?: string;
  /** The names of the stand-ins. Default: of everything that `make kind` calls. */
  readonly programs?: readonly string[];
  /** More cases of the stand-ins' last `case`, which looks at the whole call. */
  readonly answers?: string;
}

export async function stage({
  settings = "",
  programs = TOOLS,
  answers = "",
}: StageOptions = {}): Promise<Stage> {
  const folder = await temporaryFolder();
  for (const each of ["bin", "tmp"]) await mkdir(path.join(folder, each));
  for (const name of programs) {
    const file = path.join(folder, "bin", name);
    await writeFile(
      file,
      STAND_IN.replace("ANSWERS\n", () => answers),
    );
    await chmod(file, 0o755);
  }
  await writeFile(
    path.join(folder, "settings"),
    `FAIL= HANG= KILL= NODE='${process.execPath}'\n${settings}\n`,
  );
  const calls = path.join(folder, "calls");
  await writeFile(calls, "");
  return {
    folder,
    calls: async () => (await readFile(calls, "utf8")).split("\n").filter((line) => line !== ""),
  };
}

interface Ended {
  readonly stderr: string;
  readonly exitCode: number | null;
}

interface Running {
  /** What a terminal does when somebody types that: everything in the foreground's process group gets the signal. */
  readonly ctrlC: () => void;
  readonly ended: Promise<Ended>;
}

/** Runs `make kind` there. The stand-ins are shell scripts, which need the programs of the system. */
export function makeKind({ folder }: Stage, system = ":/usr/bin:/bin"): Running {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {
    env: {
      PATH: `${path.join(folder, "bin")}${system}`,
      TMPDIR: path.join(folder, "tmp"),
      HOME: folder,
    },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const ended = Promise.all([text(child.stderr), once(child, "close")]).then(([stderr]) => ({
    stderr,
    exitCode: child.exitCode,
  }));
  const ctrlC = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
  };
  return { ctrlC, ended };
}
