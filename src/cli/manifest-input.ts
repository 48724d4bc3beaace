import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { PortcullisError } from "../error.ts";
import { printable } from "../report/printable.ts";
import { findManifests } from "./manifest/files.ts";
import type { Manifest } from "./manifest/manifest.ts";
import { readManifests } from "./manifest/read.ts";
import type { Progress } from "./progress.ts";

/** Everything that some files and folders hold. */
export interface Input {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly PortcullisError[];
  /** The text of every file, for code frames. */
  readonly sources: ReadonlyMap<string, string>;
}

/** After so many files, some ten milliseconds, whatever else has happened gets its turn. */
const TURN = 16;

/** What reading is told, and whom it tells. */
interface Reading {
  readonly stdin?: Readable;
  readonly progress?: Progress;
  /** Given the manifests of each file as soon as they are read. */
  readonly found?: (manifests: readonly Manifest[]) => void;
}

/** Reads files, folders and, for `-`, standard input. What cannot be read becomes a problem; the rest is read all the same. */
export async function readInput(
  paths: readonly string[],
  { stdin, progress, found: tell }: Reading = {},
): Promise<Input> {
  const manifests: Manifest[] = [];
  const problems: PortcullisError[] = [];
  const sources = new Map<string, string>();
  let files = 0;
  for await (const found of findManifests(paths, stdin)) {
    if (found.kind === "problem") {
      problems.push(found.error);
      continue;
    }
    progress?.step(`reading ${printable(found.file)}`);
    const read = readManifests(found.file, found.text);
    sources.set(found.file, found.text);
    // One by one: as arguments, the items of a large file would overflow the stack.
    for (const manifest of read.manifests) manifests.push(manifest);
    for (const problem of read.problems) problems.push(problem);
    tell?.(read.manifests);
    files += 1;
    // Else nothing of what threads send would arrive before all is read.
    if (files % TURN === 0) await setImmediate();
  }
  return { manifests, problems, sources };
}
