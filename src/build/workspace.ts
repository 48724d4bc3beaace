import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PortcullisError } from "../error.ts";
import { run, type Ended } from "./opa/run.ts";
import type { SourceFile } from "./collect.ts";
import type { ParsedFile } from "./syntax.ts";

/**
 * A temporary copy of the policies, with only what belongs into the bundle. OPA runs inside `folder`, so the paths in
 * its messages are relative to the policy root. Made and removed by `withWorkspace`.
 */
export interface Workspace {
  /** The policy root as the user named it; positions in messages start with it. */
  readonly root: string;
  readonly folder: string;
  /** Where OPA's capabilities and its output lie: beside the folder, so that OPA does not load them. */
  readonly capabilitiesFile: string;
  readonly bundleFile: string;
  readonly opa: (args: readonly string[]) => Promise<Ended>;
}

/** Stages the files for `use` and removes them afterwards, whatever happens. */
export async function withWorkspace<T>(
  opaProgram: string,
  root: string,
  sources: readonly SourceFile[],
  use: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const temporary = await orUnwritable(() => mkdtemp(join(tmpdir(), "portcullis-build-")));
  try {
    const folder = join(temporary, "policies");
    await orUnwritable(() => stage({ folder }, sources));
    return await use({
      root,
      folder,
      capabilitiesFile: join(temporary, "capabilities.json"),
      bundleFile: join(temporary, "bundle.tar.gz"),
      opa: (args) => run(opaProgram, args, { folder }),
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Puts files into the folder of a workspace. */
export async function stage(
  { folder }: Pick<Workspace, "folder">,
  sources: readonly SourceFile[],
): Promise<void> {
  for (const { path, content } of sources) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

async function orUnwritable<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw new PortcullisError("FILE_UNWRITABLE", {
      message: `The folder for temporary files, ${tmpdir()}, cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy:
        "Set TMPDIR (on Windows TEMP) to a folder that is there and writable, or give `--policies` a bundle.",
      position: { file: tmpdir() },
      cause,
    });
  }
}

/** What only the finished bundle's manifest has. */
export interface Release {
  readonly revision: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Writes `.manifest`, which tells OPA the dialect of each file. */
export async function writeManifest(
  workspace: Workspace,
  files: readonly Pick<ParsedFile, "path" | "dialect">[],
  release?: Release,
): Promise<void> {
  const v0 = files.filter(({ dialect }) => dialect === "v0");
  const manifest = {
    ...release,
    rego_version: 1,
    file_rego_versions: Object.fromEntries(v0.map(({ path }) => [`/${escapeGlob(path)}`, 0])),
  };
  await writeFile(join(workspace.folder, ".manifest"), JSON.stringify(manifest));
}

/** The keys of `file_rego_versions` are glob patterns (OPA compiles them with gobwas/glob). */
function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}]/g, "\\$&");
}
