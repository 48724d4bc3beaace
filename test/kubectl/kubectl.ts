import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { printedObjects } from "./comparison.ts";

/** kubectl prints only what it changes, so it is asked for a label, which is taken off again. */
const LABEL = "read-by-kubectl";

/**
 * The objects that kubectl reads from all files below a folder, without a cluster, and what it says to those that it
 * refuses. It goes on behind a file that it refuses, but not behind a document.
 */
export function readFolder(
  kubectl: string,
  folder: string,
): { readonly objects: readonly string[]; readonly stderr: string } {
  const args = ["label", "--local", "--dry-run=client", "--overwrite", "--output=json", "--recursive"];
  const { stdout, stderr } = spawnSync(kubectl, [...args, `--filename=${folder}`, `${LABEL}=x`], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { KUBECONFIG: devNull, HOME: tmpdir() },
  });
  return { objects: printedObjects(stdout, LABEL), stderr };
}

/** One process reads many files; the answer is by `metadata.name`, without the files that kubectl refuses. */
export function readSamples(
  kubectl: string,
  texts: readonly (string | Uint8Array)[],
): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-kubectl-"));
  try {
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.yaml`), text);
    return new Map(readFolder(kubectl, folder).objects.map((object) => [nameOf(object), object]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function nameOf(object: string): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: kubectl prints objects
  const { metadata } = JSON.parse(object) as { readonly metadata?: { readonly name?: string } };
  return metadata?.name ?? "";
}
