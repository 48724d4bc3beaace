import type { Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PortcullisError } from "../error.ts";
import { fixtureLevels, isFixtureFolder } from "./fixture-folder.ts";

/** A file that goes into the bundle. */
export interface SourceFile {
  /** Relative to the policy root, with `/` on every platform. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What `opa build -b` loads as base documents; any other YAML or JSON is a fixture or belongs to somebody else. */
const DATA_FILES = new Set(["data.json", "data.yaml", "data.yml"]);

/**
 * Reads the Rego and data files below a policy root, sorted by path. Fixtures are left out, and so are tests, unless
 * `isWanted` wants them, and what starts with a dot; links are followed, because a mounted ConfigMap consists of nothing else.
 * Throws POLICIES_MISSING if there is no Rego file, FILE_UNREADABLE.
 */
export async function collectSources(
  root: string,
  isWanted: (name: string) => boolean = belongs,
): Promise<readonly SourceFile[]> {
  const files = await readFolder(root, { path: "", real: [], fixtureLevels: 0 }, isWanted);
  if (!files.some(({ path }) => path.endsWith(".rego"))) throw empty(root);
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
}

interface Folder {
  /** Relative to the root, empty or ending with `/`. */
  readonly path: string;
  /** The real paths of the folders around it: a link back to one of them would never end. */
  readonly real: readonly string[];
  /** In so many levels from here on, folders of fixtures are what their names say. */
  readonly fixtureLevels: number;
}

async function readFolder(
  root: string,
  folder: Folder,
  isWanted: (name: string) => boolean,
): Promise<SourceFile[]> {
  const place = join(root, folder.path);
  const { entries, real } = await orUnreadable(place, async () => ({
    entries: await readdir(place, { withFileTypes: true }),
    real: await realpath(place),
  }));
  if (folder.real.includes(real)) return [];
  const visible = entries.filter(({ name }) => isSource(name, folder));
  const names = new Set(visible.map(({ name }) => name));
  const parts = await Promise.all(
    visible.map(async (entry) => {
      const path = folder.path + entry.name;
      const file = join(root, path);
      const target = entry.isSymbolicLink() ? await linkTarget(file) : entry;
      if (target?.isDirectory()) {
        const levels = fixtureLevels(entry.name, names, folder.fixtureLevels);
        const inner = { path: `${path}/`, real: [...folder.real, real], fixtureLevels: levels };
        return readFolder(root, inner, isWanted);
      }
      return isWanted(entry.name) ? [{ path, content: await orUnreadable(file, () => readFile(file)) }] : [];
    }),
  );
  return parts.flat();
}

function isSource(name: string, folder: Folder): boolean {
  if (name.startsWith(".") || name === "node_modules") return false;
  return folder.fixtureLevels === 0 || !isFixtureFolder(name);
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
  return belongsToTests(name) && !name.endsWith("_test.rego");
}

/** Whether a file of this name below the policy root is a part of the policies or of their tests in Rego. */
export function belongsToTests(name: string): boolean {
  return name.endsWith(".rego") || DATA_FILES.has(name);
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
