/** Which files the image must add to its base, told by npm and by the lock file. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const Packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
      version: z.string().optional(),
    }),
  ),
});

/** What `npm pack` packs of a checkout that is compiled already. */
export async function packedFiles(checkout: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    "npm",
    ["pack", "--dry-run", "--json", "--silent", "--ignore-scripts"],
    { cwd: checkout },
  );
  const [{ files }] = Packed.parse(JSON.parse(stdout));
  return files.map((file) => file.path).toSorted();
}

/** The packages that run with Portcullis, as `node_modules/<name>` with their versions. */
export async function productionPackages(checkout: string): Promise<ReadonlyMap<string, string>> {
  const { packages } = Lock.parse(
    JSON.parse(await readFile(path.join(checkout, "package-lock.json"), "utf8")),
  );
  return new Map(
    Object.entries(packages).flatMap(([place, { dev, optional, version }]) =>
      place === "" || dev || optional || version === undefined ? [] : [[place, version] as const],
    ),
  );
}
