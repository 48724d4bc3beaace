/** Folders of files as an image has them, and those that a test makes for itself. */
import { hash } from "node:crypto";
import { chmod, lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** The paths of everything in a folder, relative to it, sorted. */
export async function entries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).toSorted();
}

/** The paths of the files among them. */
export async function filesOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await entries(folder)) if (await isFile(path.join(folder, entry))) found.push(entry);
  return found;
}

async function isFile(file: string): Promise<boolean> {
  return (await lstat(file)).isFile();
}

/** The entries that are not in both folders with the same mode, time and contents. */
export async function differences(one: string, other: string): Promise<readonly string[]> {
  const [these, those] = [await digestsOf(one), await digestsOf(other)];
  const all = new Set([...these.keys(), ...those.keys()]);
  return [...all].filter((entry) => these.get(entry) !== those.get(entry));
}

async function digestsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const entry of await entries(folder)) {
    const file = path.join(folder, entry);
    const { mode, mtimeMs } = await lstat(file);
    const content = (await isFile(file)) ? hash("sha256", await readFile(file)) : "";
    digests.set(entry, `${mode.toString(8)} ${mtimeMs} ${content}`);
  }
  return digests;
}

/** What is not right with each entry of what an image adds: nobody may write it, and it does not belong to its user. */
export async function writable(folder: string, user: number): Promise<readonly string[]> {
  const odd: string[] = [];
  for (const entry of await entries(folder)) {
    const { mode, uid } = await lstat(path.join(folder, entry));
    const isRight = (mode & 0o222) === 0 && (mode & 0o7000) === 0 && (mode & 0o444) === 0o444 && uid !== user;
    if (!isRight) odd.push(`${entry} ${mode.toString(8)} ${uid}`);
  }
  return odd;
}

const made: string[] = [];

/** A new empty folder; `removeOwnFolders` takes it away. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "portcullis-image-"));
  made.push(folder);
  return folder;
}

export async function removeOwnFolders(): Promise<void> {
  for (const folder of made.splice(0)) {
    await makeRemovable(folder);
    await rm(folder, { recursive: true });
  }
}

/** What lies in a folder that nobody may write could not be removed by a user who is not root. */
async function makeRemovable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await makeRemovable(path.join(folder, entry.name));
}
