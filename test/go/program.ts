/** Programs of other projects, built from the Go modules that a folder here pins, and kept in the cache. */
import { createHash, randomUUID } from "node:crypto";
import { constants, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { cacheFolder } from "../../src/build/cache-folder.ts";
import type { Environment } from "../../src/build/opa/run.ts";
import { whileRunning, type Progress } from "../../src/build/progress.ts";
import { isThere } from "../is-there.ts";
import { GoError } from "./error.ts";
import { failureOf, findGo, SETTINGS, type GoProgram } from "./go.ts";

export interface GoOptions {
  /** Read: `PATH`; all of it goes to Go. */
  readonly environment: Environment;
  readonly cacheFolder: string;
  readonly progress: Progress;
}

/** Those of this process. */
export function goOptions(progress: Progress): GoOptions {
  const { env, platform } = process;
  return { environment: env, cacheFolder: cacheFolder(env, platform, homedir()), progress };
}

/** Its path, in the folder of its module: from the cache, which needs no Go, else built. Throws GoError. */
export async function obtainGoProgram(of: GoProgram, options: GoOptions): Promise<string> {
  const file = path.join(await moduleFolder(of, options), of.name);
  if (!(await isThere(file, constants.X_OK))) await build(of, file, options);
  return file;
}

/**
 * Where the programs of a module are neighbours, beside what else is made of it; made if need be. It is another one for
 * another dependency, other sources of ours, other flags or another kind of machine, but not for another Go: what is
 * cached is had without one. Throws GoError.
 */
export async function moduleFolder(of: GoProgram, options: GoOptions): Promise<string> {
  const name = `${path.basename(of.module)}-${await hashOf(of)}-${process.platform}-${process.arch}`;
  const folder = path.join(options.cacheFolder, "go", name);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new GoError(
      `The folder ${folder} cannot be made (${String(cause)}): make the cache writable or set XDG_CACHE_HOME to another`,
      { cause },
    );
  });
  return folder;
}

// What git knows of the checkout stays out of a program, as it stays out of the folder's name.
const BUILD = ["build", "-trimpath", "-buildvcs=false"];

/** Without symbols, which nobody debugs here. */
const STRIPPED = "-s -w";

async function build(of: GoProgram, file: string, { environment, progress }: GoOptions): Promise<void> {
  const { name, version, linkerFlags = "" } = of;
  const go = await findGo(of, environment);
  const what = version === undefined ? name : `${name} ${version}`;
  progress(`Building ${what} from its Go modules; this takes minutes, once.`);
  // Somebody else may build the same; each writes a file of its own, and both are alike.
  const unfinished = `${file}.${randomUUID()}`;
  const { code, stderr } = await whileRunning(
    progress,
    (seconds) => `Still building ${name} (${seconds} s).`,
    () => go([...BUILD, "-ldflags", `${STRIPPED} ${linkerFlags}`.trim(), "-o", unfinished, of.package]),
  );
  if (code !== 0) {
    await rm(unfinished, { force: true });
    throw failureOf("go build", name, stderr);
  }
  await rename(unfinished, file);
}

/** Of the module's files, and of how they are built. */
async function hashOf({ module, linkerFlags = "" }: GoProgram): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([BUILD, STRIPPED, SETTINGS, linkerFlags]));
  const entries = await readdir(module, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((each) => path.join(each.parentPath, each.name));
  for (const file of files.toSorted())
    hash.update(`\0${path.relative(module, file)}\0`).update(await readFile(file));
  return hash.digest("hex").slice(0, 12);
}
