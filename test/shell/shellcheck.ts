import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import { onPath } from "../../src/build/opa/locate.ts";
import { isThere } from "../is-there.ts";

const execute = promisify(execFile);

/** Others find other things, so that a script which passes here would fail there. */
const VERSION = "0.11.0";
const REQUIREMENTS = path.join(import.meta.dirname, "requirements.txt");

/** The path of ShellCheck, or why there is none, as the end of a sentence. */
export type ShellCheck = { readonly program: string } | { readonly reason: string };

/** From the PATH, else the cache, else pip installs it there, once. */
export async function obtainShellCheck(environment: NodeJS.ProcessEnv): Promise<ShellCheck> {
  for (const program of await onPath("shellcheck", environment))
    if (await isWanted(program)) return { program };
  const kept = path.join(cacheFolder(environment, process.platform, homedir()), "shellcheck", VERSION);
  const program = path.join(kept, "bin/shellcheck");
  if (!(await isThere(program))) {
    const reason = await install(kept, environment);
    if (reason !== undefined) return { reason };
  }
  return (await isWanted(program)) ? { program } : { reason: `${program} is not ShellCheck ${VERSION}` };
}

async function isWanted(program: string): Promise<boolean> {
  const { stdout } = await execute(program, ["--version"]).catch(() => ({ stdout: "" }));
  return stdout.includes(`version: ${VERSION}\n`);
}

// A wheel of these hashes and nothing else: no source is built, no dependency fetched.
const PIP = ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"];

/** Beside its place first, so that nobody finds half of it. Gives the reason if it fails. */
async function install(kept: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    await mkdir(path.dirname(kept), { recursive: true });
    const unfinished = await mkdtemp(`${kept}.`);
    try {
      const args = [
        ...PIP,
        "--disable-pip-version-check",
        "--target",
        unfinished,
        "--requirement",
        REQUIREMENTS,
      ];
      await execute("python3", args, { env: environment });
      await rename(unfinished, kept);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error);
    return `shellcheck ${VERSION} is not on the PATH, and python3 -m pip could not install it (${said})`;
  }
}

/** What it finds in a script, as it prints it; empty if there is nothing. */
export async function findingsIn(program: string, script: string, shell: "bash" | "sh"): Promise<string> {
  const child = spawn(program, ["--norc", `--shell=${shell}`, "-"]);
  const closed = once(child, "close");
  child.stdin.end(script);
  const [found, error] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return `${found}${error}`.trim();
}
