import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { attempt } from "./attempt.ts";
import { isSkipped, type WatchedRoot } from "./watched-path.ts";

/** What a walk over the watched paths came across. */
export interface FoundFiles {
  /** Files whose content matters; one may have vanished since. */
  readonly files: ReadonlySet<string>;
  /** Folders that could not be listed, with the reason. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Real paths of the folders in which a change of these files shows up. */
  readonly folders: ReadonlySet<string>;
}

interface Walk {
  readonly files: Set<string>;
  readonly unreadable: Map<string, string>;
  readonly folders: Set<string>;
}

/** Walks files and folders, through links too. Throws only what `attempt` throws. */
export async function findFiles(roots: readonly WatchedRoot[]): Promise<FoundFiles> {
  const walk: Walk = { files: new Set(), unreadable: new Map(), folders: new Set() };
  for (const root of roots) await findRoot(walk, root);
  return walk;
}

async function findRoot(walk: Walk, { path, reads }: WatchedRoot): Promise<void> {
  // Renamed over, or recreated, the path shows up in the folder around it.
  walk.folders.add(await nearestFolder(dirname(resolve(path))));
  const found = await attempt(() => stat(path));
  if (found.kind === "done" && found.value.isDirectory()) {
    return findBelow(walk, reads, { path, around: [] });
  }
  await addFile(walk, path);
}

/** For a path that does not exist yet, the folder in which its first missing part will appear. */
async function nearestFolder(folder: string): Promise<string> {
  const real = await attempt(() => realpath(folder));
  if (real.kind === "done") return real.value;
  const parent = dirname(folder);
  return parent === folder ? folder : nearestFolder(parent);
}

interface Folder {
  readonly path: string;
  /** The real paths of the folders around it: a link back to one of them would never end. */
  readonly around: readonly string[];
}

async function findBelow(walk: Walk, reads: WatchedRoot["reads"], { path, around }: Folder): Promise<void> {
  const real = await attempt(() => realpath(path));
  if (real.kind !== "done" || around.includes(real.value)) return;
  walk.folders.add(real.value);
  const entries = await attempt(() => readdir(path, { withFileTypes: true }));
  if (entries.kind === "unreadable") walk.unreadable.set(path, entries.reason);
  if (entries.kind !== "done") return;
  for (const entry of entries.value) {
    if (isSkipped(entry.name)) continue;
    const place = join(path, entry.name);
    if (await isFolder(entry, place)) {
      await findBelow(walk, reads, { path: place, around: [...around, real.value] });
    } else if (reads(entry.name)) {
      if (entry.isSymbolicLink()) await addFile(walk, place);
      else walk.files.add(place);
    }
  }
}

async function isFolder(entry: Dirent, place: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target = await attempt(() => stat(place));
  return target.kind === "done" && target.value.isDirectory();
}

/** A file that may be a link: its target is written to in another folder. */
async function addFile(walk: Walk, path: string): Promise<void> {
  walk.files.add(path);
  const real = await attempt(() => realpath(path));
  if (real.kind === "done") walk.folders.add(dirname(real.value));
}
