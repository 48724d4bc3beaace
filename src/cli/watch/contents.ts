import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { mapConcurrently } from "../../build/concurrency.ts";
import { attempt } from "./attempt.ts";
import { findFiles } from "./find-files.ts";
import type { WatchedRoot } from "./watched-path.ts";

/** What the watched paths hold at one time. */
export interface Contents {
  readonly files: ReadonlyMap<string, FileContent>;
  /** Real paths of the folders in which a change of these files shows up. */
  readonly folders: ReadonlySet<string>;
}

interface FileContent {
  /** A hash of the bytes, or why there are none. Two files of the same `content` are the same to a reader. */
  readonly content: string;
  /** Changes with every write (ctime cannot be set back); undefined if the file must be read again in any case. */
  readonly stamp: string | undefined;
}

export const NO_CONTENTS: Contents = { files: new Map(), folders: new Set() };

/** Half of the threads that Node has for files: certificates and the loader need some, too. */
const READ_AT_ONCE = 2;

// The coarsest time stamps of file systems in use (FAT). Within this time a second write may leave the same stamp.
const STAMP_PRECISION = 2_000;

// The largest bundle that is read (build/read-bundle.ts); of larger files the loader reads nothing either.
const MAX_HASHED_BYTES = 128n * 1024n * 1024n;

/**
 * Reads what the paths hold; files whose stamp is as `before` are not opened. Throws a system error that says nothing
 * about the files, such as EMFILE: then nothing is known.
 */
export async function readContents(roots: readonly WatchedRoot[], before: Contents): Promise<Contents> {
  const found = await findFiles(roots);
  const files = new Map<string, FileContent>();
  for (const [path, reason] of found.unreadable) files.set(path, { content: reason, stamp: undefined });
  await mapConcurrently([...found.files], READ_AT_ONCE, async (path) => {
    const content = await readContent(path, before.files.get(path));
    if (content !== undefined) files.set(path, content);
  });
  return { files, folders: found.folders };
}

/** True if a reader of both would see the same files with the same bytes. */
export function sameContents(left: Contents, right: Contents): boolean {
  if (left.files.size !== right.files.size) return false;
  return left.files.entries().every(([path, { content }]) => right.files.get(path)?.content === content);
}

async function readContent(path: string, before: FileContent | undefined): Promise<FileContent | undefined> {
  const stats = await attempt(() => stat(path, { bigint: true }));
  if (stats.kind === "absent") return undefined;
  if (stats.kind === "unreadable") return { content: stats.reason, stamp: undefined };
  const stamp = stampOf(stats.value);
  if (before?.stamp === stamp) return before;
  // Opening a pipe would wait for a writer.
  if (!stats.value.isFile()) return { content: "not a file", stamp };
  if (stats.value.size > MAX_HASHED_BYTES) return { content: stamp, stamp };
  const bytes = await attempt(() => readFile(path));
  if (bytes.kind === "absent") return undefined;
  if (bytes.kind === "unreadable") return { content: bytes.reason, stamp: undefined };
  const content = createHash("sha256").update(bytes.value).digest("base64");
  return { content, stamp: isRecent(stats.value) ? undefined : stamp };
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function isRecent({ ctimeMs }: BigIntStats): boolean {
  return Math.abs(Date.now() - Number(ctimeMs)) < STAMP_PRECISION;
}
