/** The base image as far as a program can see it: Node.js, C libraries, a user; made of what this machine has. */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;

/** Where the base has its own files; everything else is what an image adds. */
const BASE_FOLDERS: readonly string[] = ["dev", "etc", "home", "lib", "lib64", "nodejs", "proc", "tmp"];

/**
 * Lays the base under what an image adds. `programs` are those of the image; the libraries that they are linked to are
 * taken from here, as they are on the base.
 */
export async function layBase(root: string, programs: readonly string[]): Promise<void> {
  for (const folder of [...BASE_FOLDERS, "home/nonroot", "nodejs/bin"])
    await mkdir(path.join(root, folder), { recursive: true });
  await writeFile(path.join(root, "etc/passwd"), PASSWD);
  // A sandbox puts the machine's devices over these.
  for (const device of DEVICES) await writeFile(path.join(root, "dev", device), "");
  const node = path.join(root, "nodejs/bin/node");
  await copyFile(process.execPath, node);
  await chmod(node, 0o555);
  for (const program of [process.execPath, ...programs]) await copyLibraries(root, program);
}

export const DEVICES: readonly string[] = ["null", "random", "urandom", "zero"];

async function copyLibraries(root: string, program: string): Promise<void> {
  // It fails for a program that is linked statically, which needs none.
  const { stdout } = await execute("ldd", [program]).catch(() => ({ stdout: "" }));
  for (const [, library = ""] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    const place = path.join(root, library);
    await mkdir(path.dirname(place), { recursive: true });
    await copyFile(library, place);
  }
}
