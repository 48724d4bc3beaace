import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Files } from "./policy-folder.ts";

let count = 0;

/**
 * Mounts a Secret as the kubelet does (k8s.io/kubernetes, pkg/volume/util/atomic_writer.go): the files lie in a folder
 * with the time in its name, `..data` leads there, and the names that people see lead through `..data`. A change makes
 * another folder and renames a link to it over `..data`.
 */
export async function mountVolume(folder: string, files: Files): Promise<void> {
  count += 1;
  const now = `..2026_03_01_12_00_00.${count}`;
  const before = await readlink(path.join(folder, "..data")).catch(() => undefined);
  await mkdir(path.join(folder, now), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, now, file), text);
  await symlink(now, path.join(folder, "..data_tmp"));
  await rename(path.join(folder, "..data_tmp"), path.join(folder, "..data"));
  const there = await readdir(folder);
  for (const file of Object.keys(files).filter((name) => !there.includes(name)))
    await symlink(path.join("..data", file), path.join(folder, file));
  if (before !== undefined) await rm(path.join(folder, before), { recursive: true });
}
