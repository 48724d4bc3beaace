import type { Readable } from "node:stream";
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

/** Reads files, folders and, for `-`, standard input. What cannot be read becomes a problem; the rest is read all the same. */
export async function readInput(
  paths: readonly string[],
  { stdin, progress }: { readonly stdin?: Readable; readonly progress?: Progress } = {},
): Promise<Input> {
  const manifests: Manifest[] = [];
  const problems: PortcullisError[] = [];
  const sources = new Map<string, string>();
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
  }
  return { manifests, problems, sources };
}
