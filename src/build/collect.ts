import type { Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PortcullisError } from "../error.ts";

/** A file that goes into the bundle. */
export interface SourceFile {
  /** Relative to the policy root, with `/` on every platform. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What `opa build -b` loads as base documents; any other YAML or JSON is a fixture or belongs to somebody else. */
const DATA_FILES = new Set(["data.json", "data.yaml", "data.yml"]);

/**
 * Reads the Rego and data files below a policy root, sorted by path. Tests are left out, and so is what starts with a
 * dot; links are followed, because a mounted ConfigMap consists of nothing else.
 * Throws POLICIES_MISSING if there is no Rego file, FILE_UNREADABLE.
 */
export async function collectSources(root: string): Promise<readonly SourceFile[]> {
  const files = await readFolder(root, { path: "", real: [] });
  if (!files.some(({ path }) => path.endsWith(".rego"))) throw empty(root);
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
}

interface Folder {
  /** Relative to the root, empty or ending with `/`. */
  readonly path: string;
  /** The real paths of the folders around it: a link back to one of them would never end. */
  readonly real: readonly string[];
}

async function readFolder(root: string, folder: Folder): Promise<SourceFile[]> {
  const place = join(root, folder.path);
  const { entries, real } = await orUnreadable(place, async () => ({
    entries: await readdir(place, { withFileTypes: true }),
    real: await realpath(place),
  }));
  if (folder.real.includes(real)) return [];
  const visible = entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules");
  const parts = await Promise.all(
    visible.map(async (entry) => {
      const path = folder.path + entry.name;
      const file = join(root, path);
      const target = entry.isSymbolicLink() ? await linkTarget(file) : entry;
      if (target?.isDirectory()) return readFolder(root, { path: `${path}/`, real: [...folder.real, real] });
      return belongs(entry.name) ? [{ path, content: await orUnreadable(file, () => readFile(file)) }] : [];
    }),
  );
  return parts.flat();
}

/** What a link leads to; undefined if to nothing, which matters only if the file is one that is read. */
async function linkTarget(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch {
    return undefined;
  }
}

/** Whether a file of this name below the policy root goes into the bundle. */
export function belongs(name: string): boolean {
  return (name.endsWith(".rego") && !name.endsWith("_test.rego")) || DATA_FILES.has(name);
}

async function orUnreadable<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new PortcullisError("FILE_UNREADABLE", {
      message: `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: "Make it readable, or name another folder of policies.",
      position: { file },
      cause,
    });
  }
}

function empty(root: string): PortcullisError {
  return new PortcullisError("POLICIES_MISSING", {
    message: `The folder ${root} holds no Rego file that is not a test.`,
    remedy: "Name the folder that holds the packs, e.g. `--policies ./policies`.",
    position: { file: root },
  });
}
