import { rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { wasm as webAssembly } from "../engine/index.ts";
import { PortcullisError } from "../error.ts";
import type { Note } from "./built-manifest.ts";
import { readBuilt } from "./read-bundle.ts";

/** Where the bundle of a revision is kept and, if given, where it is wanted. */
export interface BundlePlace {
  readonly revision: string;
  readonly cacheFolder: string;
  readonly out: string | undefined;
}

interface CachedBundle {
  readonly file: string;
  /** How many. */
  readonly policies: number;
  readonly notes: readonly Note[];
}

/** The bundle of this revision, if the cache has it undamaged; put where it is wanted. */
export async function cachedBundle(place: BundlePlace): Promise<CachedBundle | undefined> {
  const cached = await undamaged(cacheFile(place), place.revision);
  if (cached === undefined || place.out === undefined) return cached;
  await replace(cached.file, place.out);
  return { ...cached, file: place.out };
}

/** Puts a new bundle into the cache and where it is wanted; gives its path and what the user should know of that. */
export async function publish(
  bundle: string,
  place: BundlePlace,
): Promise<{ readonly file: string; readonly notes: readonly string[] }> {
  const { out } = place;
  const cached = await intoCache(bundle, cacheFile(place));
  if (out !== undefined) {
    await replace(bundle, out);
    // The cache only saves time: where it cannot be written (a read-only home), the build is done all the same.
    return { file: out, notes: [] };
  }
  if (cached === undefined) return { file: cacheFile(place), notes: [] };
  const note = `${cached.message} The policies are compiled anew each time; set XDG_CACHE_HOME to a folder that is writable.`;
  return { file: await temporaryCopy(bundle), notes: [note] };
}

/** Gives the error if it fails. Whatever lies at the place of an entry is of no use, even a folder. */
async function intoCache(bundle: string, file: string): Promise<PortcullisError | undefined> {
  try {
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory() === true) await rm(file, { recursive: true });
    await replace(bundle, file);
    return undefined;
  } catch (error) {
    return unwritable(file, error);
  }
}

/** Removed when the process ends: nobody looks for it after that. */
async function temporaryCopy(bundle: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "portcullis-bundle-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "bundle.tar.gz");
  await copyFile(bundle, file);
  return file;
}

function cacheFile({ cacheFolder, revision }: BundlePlace): string {
  return join(cacheFolder, "bundles", `${revision.replace(":", "-")}.tar.gz`);
}

/** A missing, damaged or misplaced entry is no error: it is built again. */
async function undamaged(file: string, revision: string): Promise<CachedBundle | undefined> {
  try {
    const { bundle, notes } = await readBuilt(file);
    const isWhole = bundle.revision === revision && isModule(bundle.wasm);
    return isWhole && notes !== undefined ? { file, policies: bundle.policies.length, notes } : undefined;
  } catch (error) {
    if (error instanceof PortcullisError) return undefined;
    throw error;
  }
}

/** A module that was cut would else be noticed only when it is loaded, and then nothing would build it again. */
function isModule(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    return new webAssembly.Module(bytes) instanceof webAssembly.Module;
  } catch {
    return false;
  }
}

/**
 * Copies beside the target and renames, so that a reader sees the old file or the new one and never half of it.
 * Throws FILE_UNWRITABLE.
 */
export async function replace(source: string, target: string): Promise<void> {
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, temporary);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(target, cause);
  }
}

function unwritable(target: string, cause: unknown): PortcullisError {
  if (cause instanceof PortcullisError) return cause;
  return new PortcullisError("FILE_UNWRITABLE", {
    message: `${target} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
    remedy:
      "Make its folder writable, or choose another: `--out` for a bundle, XDG_CACHE_HOME for the cache.",
    position: { file: target },
    cause,
  });
}
