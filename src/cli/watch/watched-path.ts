import { belongs, belongsToTests } from "../../build/collect.ts";
import { isManifestName } from "../manifest/files.ts";

/**
 * A file, a folder, or something that does not exist yet. `holds` says what is read below a folder: `policies` what goes
 * into a bundle, `manifests` what bindings and inventory are read from, `tests` what `portcullis test` reads.
 */
export interface WatchedPath {
  readonly path: string;
  readonly holds: "policies" | "manifests" | "tests";
}

/** A watched path and which files below it matter, by name. A file that is named itself always matters. */
export interface WatchedRoot {
  readonly path: string;
  readonly reads: (name: string) => boolean;
}

const READS: Readonly<Record<WatchedPath["holds"], WatchedRoot["reads"]>> = {
  policies: belongs,
  manifests: isManifestName,
  tests: (name) => belongsToTests(name) || isManifestName(name),
};

export function watchedRoot({ path, holds }: WatchedPath): WatchedRoot {
  return { path, reads: READS[holds] };
}

/** What neither the build nor the manifest reader looks at: hidden files, such as `.git` and swap files, and packages. */
export function isSkipped(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
