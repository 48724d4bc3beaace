import { extname } from "node:path";

/**
 * A file, a folder, or something that does not exist yet. `holds` says what is read below a folder: `policies` what goes
 * into a bundle, `manifests` what bindings and inventory are read from; a plain string counts as both.
 */
export type WatchedPath = string | { readonly path: string; readonly holds: "policies" | "manifests" };

/** A watched path and which files below it matter, by name. A file that is named itself always matters. */
export interface WatchedRoot {
  readonly path: string;
  readonly reads: (name: string) => boolean;
}

// As in build/collect.ts and cli/manifest/files.ts; a file too many costs a reload that changes nothing.
const DATA_FILES: ReadonlySet<string> = new Set(["data.json", "data.yaml", "data.yml"]);
const MANIFEST_EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml", ".json", ".jsonl"]);

export function watchedRoot(watched: WatchedPath): WatchedRoot {
  if (typeof watched === "string") {
    return { path: watched, reads: (name) => holdsPolicy(name) || holdsManifest(name) };
  }
  return { path: watched.path, reads: watched.holds === "policies" ? holdsPolicy : holdsManifest };
}

function holdsPolicy(name: string): boolean {
  return (name.endsWith(".rego") && !name.endsWith("_test.rego")) || DATA_FILES.has(name);
}

function holdsManifest(name: string): boolean {
  return MANIFEST_EXTENSIONS.has(extname(name));
}

/** What neither the build nor the manifest reader looks at: hidden files, such as `.git` and swap files, and packages. */
export function isSkipped(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
