/**
 * Runs a program as a container runtime does, without one: in a root file system of its own that cannot be written, as
 * an unprivileged user without capabilities, as the first process of its own PID namespace.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Image } from "../../image/image.ts";
import { DEVICES } from "./base.ts";

interface SandboxOptions {
  /** Whether `/tmp` is an empty folder in memory, as an `emptyDir` would be. Default: false, nothing can be written. */
  readonly writableTmp?: boolean;
  /** Whether it has the machine's network. Default: false, not even loopback. */
  readonly network?: boolean;
  readonly input?: string;
}

/** How an image says that it is started. */
export type Started = Pick<Image, "user" | "workingDirectory" | "entrypoint" | "command" | "environment">;

type Command = readonly [program: string, ...args: readonly string[]];

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface Sandbox {
  /** What starts the image with these arguments: a program and its arguments. */
  command(args: readonly string[], options?: SandboxOptions): Command;
  /** Starts the image with these arguments. */
  start(args: readonly string[], options?: SandboxOptions): ChildProcess;
  /** Runs it to its end. */
  run(args: readonly string[], options?: SandboxOptions): Promise<Ended>;
}

// $1 is the root, $2 whether /tmp can be written; the rest is how to get there as another user, and what is run.
export const SANDBOX_SCRIPT = `set -e
root=$1 tmp=$2
shift 2
mount --bind "$root" "$root"
for device in ${DEVICES.join(" ")}; do mount --bind "/dev/$device" "$root/dev/$device"; done
mount -t proc proc "$root/proc"
if [ "$tmp" = true ]; then mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"; fi
mount -o remount,bind,ro,nosuid,nodev "$root"
exec setpriv --no-new-privs "$@"`;

/** How this machine lets us do it, or why it does not. */
export type Confinement =
  | { readonly kind: "root" | "user namespace" }
  | { readonly kind: "none"; readonly reason: string };

/** Tries what will be needed, in a folder that the caller may write. */
export function confinement(): Confinement {
  if (process.platform !== "linux") return { kind: "none", reason: "it needs Linux" };
  const kind = process.getuid?.() === 0 ? "root" : "user namespace";
  const [program, ...args] = confinedCommand(kind, false);
  const trial = ["sh", "-c", "mount -t proc proc /proc && exec setpriv --no-new-privs true"];
  const { status, stderr, error } = spawnSync(program, [...args, ...trial], { encoding: "utf8" });
  if (status === 0) return { kind };
  return { kind: "none", reason: `setpriv and unshare do not work here: ${error?.message ?? stderr.trim()}` };
}

/** What `unshare` is told: there is one PID namespace in another. */
function namespaces(kind: "root" | "user namespace", network: boolean): readonly string[] {
  const asRoot = kind === "root" ? [] : ["--user", "--map-root-user"];
  const inner = ["--mount", "--pid", "--fork", ...(network ? [] : ["--net"])];
  return [...asRoot, "--pid", "--fork", "--kill-child", "unshare", ...inner];
}

/**
 * In namespaces, and not to outlive whoever starts it, whatever ends that. The image's process would lose its own wish to
 * end with its parent when it becomes another user, but everything in a PID namespace ends with its first process, and
 * that of the outer one stays root.
 */
function confinedCommand(kind: "root" | "user namespace", network: boolean): Command {
  return ["setpriv", "--pdeathsig=KILL", "unshare", ...namespaces(kind, network)];
}

/** From the namespaces of the outer user to the image's user, inside its root. */
function entry(
  kind: "root" | "user namespace",
  root: string,
  { user, workingDirectory }: Started,
): readonly string[] {
  if (kind === "root")
    // chroot of coreutils knows no working directory.
    return ["unshare", `--root=${root}`, `--wd=${workingDirectory}`, `--setuid=${user}`, `--setgid=${user}`];
  return [
    "unshare",
    "--user",
    `--map-user=${user}`,
    `--map-group=${user}`,
    `--root=${root}`,
    `--wd=${workingDirectory}`,
  ];
}

/** `root` holds the whole file system: the base and what the image adds. */
export function sandbox(kind: "root" | "user namespace", root: string, image: Started): Sandbox {
  const command: Sandbox["command"] = (args, { writableTmp = false, network = false } = {}) => {
    const run = [...image.entrypoint, ...(args.length === 0 ? image.command : args)];
    const inner = [root, String(writableTmp), ...entry(kind, root, image), "--", ...run];
    return [...confinedCommand(kind, network), "sh", "-c", SANDBOX_SCRIPT, "sandbox", ...inner];
  };
  const start: Sandbox["start"] = (args, options = {}) => {
    const { input } = options;
    const [program, ...rest] = command(args, options);
    const child = spawn(program, rest, {
      env: { PATH: process.env["PATH"], ...image.environment, HOME: undefined },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.stdin?.end(input);
    return child;
  };
  return {
    command,
    start,
    run: async (args, options) => {
      const { stdout, stderr, ...child } = withPipes(start(args, options));
      const closed = once(child.process, "close");
      const [out, err] = await Promise.all([text(stdout), text(stderr), closed]);
      return { stdout: out, stderr: err, exitCode: child.process.exitCode };
    },
  };
}

function withPipes(child: ChildProcess): {
  readonly process: ChildProcess;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
} {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("The sandbox was started without pipes.");
  return { process: child, stdout, stderr };
}

/** The image's own process, which two of `unshare` wait for; signals go to it. */
export async function innerProcess({ pid = 0 }: Pick<ChildProcess, "pid">): Promise<number> {
  return childOf(await childOf(pid));
}

async function childOf(pid: number): Promise<number> {
  const children = `/proc/${pid}/task/${pid}/children`;
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    const [first] = existsSync(children) ? (await readFile(children, "utf8")).trim().split(" ") : [];
    if (first !== undefined && first !== "") return Number(first);
    await delay(50);
  }
  throw new Error(`unshare (${pid}) has started nothing within a minute.`);
}
