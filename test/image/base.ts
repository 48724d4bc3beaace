/** The base image as far as a program can see it: Node.js, C libraries, a user; made of what this machine has. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { layLibraries, layProgram } from "./programs.ts";

const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;

/** Where the base has its own files; everything else is what an image adds. */
const BASE_FOLDERS: readonly string[] = [
  "dev",
  "etc",
  "home/nonroot",
  "lib",
  "lib64",
  "nodejs",
  "proc",
  "tmp",
];

export const DEVICES: readonly string[] = ["null", "random", "urandom", "zero"];

/**
 * Lays the base under what an image adds. `programs` are those of the image; the libraries that they are linked to are
 * taken from here, as they are on the base.
 */
export async function layBase(root: string, programs: readonly string[]): Promise<void> {
  for (const folder of BASE_FOLDERS) await mkdir(path.join(root, folder), { recursive: true });
  await writeFile(path.join(root, "etc/passwd"), PASSWD);
  // A sandbox puts the machine's devices over these.
  for (const device of DEVICES) await writeFile(path.join(root, "dev", device), "");
  await layProgram(root, process.execPath, "nodejs/bin/node");
  for (const program of programs) await layLibraries(root, program);
}
