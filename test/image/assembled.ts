/** What the image adds to its base, made here as the Dockerfile's build stage makes it. */
import { execFile } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { CONTEXT } from "../../image/image.ts";
import { findOpa } from "../compile-rego.ts";
import { ownFolder } from "./folders.ts";

/** As the last lines of .dockerignore have it, for what is in a folder that CONTEXT names, or is named itself. */
export function isSent(file: string): boolean {
  if (CONTEXT.includes(file)) return true;
  return !file.split(path.sep).some((part) => part.startsWith(".") || part.endsWith(".test.ts"));
}

/** A folder as Docker would be sent it, with the packages that its `npm install` would bring. */
export async function dockerContext(): Promise<string> {
  const folder = path.join(await ownFolder(), "source");
  for (const name of CONTEXT) await cp(name, path.join(folder, name), { recursive: true, filter: isSent });
  await linkPackages(path.join(folder, "node_modules"));
  return folder;
}

/** As files of the folder, since the compiler writes down where it has found each; nothing of an image's changes them. */
async function linkPackages(folder: string): Promise<void> {
  const copy = (...options: readonly string[]) =>
    promisify(execFile)("cp", ["--archive", ...options, "node_modules", folder]);
  // Without another copy on the disk, unless that is another disk.
  await copy("--link").catch(async () => {
    await rm(folder, { recursive: true, force: true });
    await copy();
  });
}

/** The OPA that goes into images here. */
export function opaForImages(): string {
  return path.resolve(findOpa() ?? "opa");
}

/** Gives the folder that stands for `/`. */
export async function assembleImage(checkout: string): Promise<string> {
  const folder = path.join(await ownFolder(), "image");
  const command = ["--disable-warning=ExperimentalWarning", "image/main.ts", "assemble", folder];
  const env = { ...process.env, OPA: opaForImages(), XDG_CACHE_HOME: await ownFolder() };
  await promisify(execFile)(process.execPath, command, { cwd: checkout, env });
  return folder;
}
