import { execFile } from "node:child_process";
import { chmod, copyFile, cp, lstat, lutimes, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { UNREAD, type Content, type Source } from "./image.ts";

const execute = promisify(execFile);

export interface AssembleOptions {
  /** The folder that stands for `/` of the image; made anew. */
  readonly root: string;
  /** A checkout with its packages installed. */
  readonly checkout: string;
  /** The program that compiles the policies here. */
  readonly compiler: string;
  /** The program that goes into the image, for the machine that the image is for. */
  readonly opa: string;
  readonly contents: readonly Content[];
}

/**
 * Makes everything that the image adds to its base. The same checkout gives the same files, with the same modes and
 * times. Throws what npm or the build of the policies say if they fail.
 */
export async function assemble(options: AssembleOptions): Promise<void> {
  const { root, contents } = options;
  await mkdir(root);
  for (const { target, source } of contents) {
    const place = path.join(root, target);
    await mkdir(path.dirname(place), { recursive: true });
    await MAKERS[source](place, options);
  }
  await settle(root);
}

type Maker = (place: string, options: AssembleOptions) => Promise<void>;

const MAKERS: Readonly<Record<Source, Maker>> = {
  package: makePackage,
  policies: async (place, { checkout, compiler }) => {
    const command = ["src/main.ts", "build", "--policies", "policies", "--out", place];
    await execute(process.execPath, ["--disable-warning=ExperimentalWarning", ...command], {
      cwd: checkout,
      env: { ...process.env, OPA: compiler },
    });
  },
  opa: (place, { opa }) => copyFile(opa, place),
};

// No script of a package is run, and no program is linked that nobody could start.
const INSTALL = ["install", "--omit=dev", "--omit=optional", "--ignore-scripts", "--no-bin-links"];

/** What npm keeps for itself. */
const OF_NPM = [".npmrc", "package-lock.json", "node_modules/.package-lock.json"];

async function makePackage(place: string, { checkout }: AssembleOptions): Promise<void> {
  const temporary = await mkdtemp(path.join(tmpdir(), "portcullis-pack-"));
  try {
    const { stdout } = await execute("npm", ["pack", "--silent", "--pack-destination", temporary], {
      cwd: checkout,
    });
    const packed = path.join(temporary, stdout.trim().split("\n").at(-1) ?? "");
    await execute("tar", ["--extract", "--file", packed, "--directory", temporary]);
    await cp(path.join(temporary, "package"), place, { recursive: true });
  } finally {
    await rm(temporary, { recursive: true });
  }
  // With the lock file beside it, npm takes the versions that were tested.
  for (const file of [".npmrc", "package-lock.json"])
    await copyFile(path.join(checkout, file), path.join(place, file));
  await execute("npm", [...INSTALL, "--loglevel=error"], { cwd: place });
  for (const file of OF_NPM) await rm(path.join(place, file));
  const installed = await readdir(path.join(place, "node_modules"), { recursive: true });
  for (const file of installed.filter((name) => UNREAD.test(name)))
    await rm(path.join(place, "node_modules", file), { force: true, recursive: true });
}

/** The programs that the image starts; what else npm marks as one is run by nobody. */
const PROGRAM = /^\/?portcullis\/bin\/[^/]+$/;
const EPOCH = new Date(0);

/** Nobody may write anything, not even its owner, and no time tells when it was made. */
async function settle(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true });
  for (const entry of [...entries.toSorted().toReversed(), ""]) {
    const file = path.join(root, entry);
    const found = await lstat(file);
    if (!found.isDirectory() && !found.isFile())
      throw new Error(`${entry} is neither a file nor a folder; the image holds nothing else.`);
    await chmod(file, found.isDirectory() || PROGRAM.test(entry) ? 0o555 : 0o444);
    await lutimes(file, EPOCH, EPOCH);
  }
}
