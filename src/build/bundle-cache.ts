import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import { PortcullisError } from "../error.ts";
import type { Policy } from "../policy/policy.ts";
import { readBundle } from "./read-bundle.ts";

/** Where the bundle of a revision is kept and, if given, where it is wanted. */
export interface BundlePlace {
  readonly revision: string;
  readonly cacheFolder: string;
  readonly out: string | undefined;
}

/** The bundle of this revision, if the cache has it undamaged; put where it is wanted. */
export async function cachedBundle(
  place: BundlePlace,
): Promise<{ readonly file: string; readonly policies: readonly Policy[] } | undefined> {
  const cached = cacheFile(place);
  const policies = await policiesOf(cached, place.revision);
  if (policies === undefined) return undefined;
  if (place.out === undefined) return { file: cached, policies };
  await replace(cached, place.out);
  return { file: place.out, policies };
}

/** Puts a new bundle into the cache and where it is wanted; gives its path. */
export async function publish(bundle: string, place: BundlePlace): Promise<string> {
  const { out } = place;
  if (out === undefined) {
    await replace(bundle, cacheFile(place));
    return cacheFile(place);
  }
  await replace(bundle, out);
  // The cache only saves time: where it cannot be written (a read-only home), the build is done all the same.
  await replace(bundle, cacheFile(place)).catch(() => undefined);
  return out;
}

function cacheFile({ cacheFolder, revision }: BundlePlace): string {
  return join(cacheFolder, "bundles", `${revision.replace(":", "-")}.tar.gz`);
}

/** A missing, damaged or misplaced entry is no error: it is built again. */
async function policiesOf(file: string, revision: string): Promise<readonly Policy[] | undefined> {
  try {
    const bundle = await readBundle(file);
    return bundle.revision === revision ? bundle.policies : undefined;
  } catch (error) {
    if (error instanceof PortcullisError) return undefined;
    throw error;
  }
}

/** Copies beside the target and renames, so that a reader sees the old file or the new one and never half of it. */
async function replace(source: string, target: string): Promise<void> {
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, temporary);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new PortcullisError("FILE_UNWRITABLE", {
      message: `${target} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy:
        "Make its folder writable, or choose another: `--out` for a bundle, XDG_CACHE_HOME for the cache.",
      position: { file: target },
      cause,
    });
  }
}
