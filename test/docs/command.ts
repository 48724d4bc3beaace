import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { findOpa } from "../compile-rego.ts";

/** What a program wrote and how it ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a program in a folder to its end; colours are off. */
export async function run(
  program: string,
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: "1", ...environment };
  const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { stdout, stderr, exitCode: child.exitCode ?? -1 };
}

/** Runs `portcullis` from the sources, in a folder. */
export function portcullis(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const opa = findOpa();
  const main = path.resolve("src/main.ts");
  return run(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], folder, {
    ...(opa === undefined ? {} : { OPA: opa }),
    ...environment,
  });
}
