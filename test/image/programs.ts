/** Programs of this machine in a root file system of their own. */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Puts a program at that place below `root`, and what it is linked to where it is here. */
export async function layProgram(root: string, program: string, place: string): Promise<void> {
  const file = path.join(root, place);
  await mkdir(path.dirname(file), { recursive: true });
  await copyFile(program, file);
  await chmod(file, 0o555);
  await layLibraries(root, program);
}

/** Puts the libraries that a program is linked to below `root`. */
export async function layLibraries(root: string, program: string): Promise<void> {
  for (const library of await librariesOf(program)) await layFile(root, library);
}

/** The parts of the C library, which its package brings together. */
const C_LIBRARY = /^lib(c|dl|m|nss_\w+|pthread|resolv|rt|util)\.so\.\d+$/;

/** Puts all of the C library below `root`, for programs that come later. */
export async function layCLibrary(root: string): Promise<void> {
  const libraries = await librariesOf(process.execPath);
  const folder = path.dirname(libraries.find((library) => library.includes("/libc.so.")) ?? "");
  for (const name of await readdir(folder))
    if (C_LIBRARY.test(name)) await layFile(root, path.join(folder, name));
}

async function layFile(root: string, file: string): Promise<void> {
  const place = path.join(root, file);
  await mkdir(path.dirname(place), { recursive: true });
  await copyFile(file, place);
}

async function librariesOf(program: string): Promise<readonly string[]> {
  // It fails for a program that is linked statically, which needs none.
  const { stdout } = await execute("ldd", [program]).catch(() => ({ stdout: "" }));
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library = ""]) => library);
}
