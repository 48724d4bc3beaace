import { delimiter, join } from "node:path";
import { access, constants } from "node:fs/promises";
import { run, type Environment } from "./run.ts";

/** The version that `opa version` prints, or undefined if the file is missing or no OPA. */
export async function opaVersion(file: string): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(file, ["version"]);
    return code === 0 ? /^Version: (\S+)$/m.exec(stdout)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

/** Every executable file of that name on the PATH, in its order. */
export async function onPath(name: string, environment: Environment): Promise<readonly string[]> {
  const folders = (environment["PATH"] ?? environment["Path"] ?? "").split(delimiter);
  const files = folders.filter((folder) => folder !== "").map((folder) => join(folder, name));
  const found = await Promise.all(files.map(isExecutable));
  return files.filter((_, index) => found[index]);
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
