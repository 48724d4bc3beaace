import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { builtinsPage } from "../build/builtins-page.ts";
import { policyPages } from "../build/docs.ts";
import { evalReportSchema } from "../report/schema.ts";
import { loadBundle } from "./load-policies.ts";
import { progressOn } from "./progress.ts";
import type { Environment, ProcessSurroundings } from "./surroundings.ts";

export interface DocsOptions {
  /** The folder of Rego files. */
  readonly policies: string;
  /** The folder of the documentation. */
  readonly out: string;
  readonly check: boolean;
}

/** Writes the generated pages, or says which are not current; the exit code is then 1. */
export async function docsCommand(
  options: DocsOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  const progress = progressOn(streams.stderr, Date.now);
  const { bundle } = await loadBundle(options.policies, environment, progress.say);
  const pages = new Map([
    ...[...policyPages(bundle.policies)].map(([page, text]) => [path.join("policies", page), text] as const),
    [path.join("reference", "builtins.md"), builtinsPage()],
    [path.join("reference", "eval-report.schema.json"), `${JSON.stringify(evalReportSchema(), null, 2)}\n`],
  ]);
  const stale = await stalePages(pages, options.out);
  const left = await leftOver(pages, options.out);
  if (!options.check) {
    for (const [page, text] of stale) await write(path.join(options.out, page), text);
    for (const page of left) await rm(path.join(options.out, page));
    streams.stdout.write(`${pages.size} pages, ${stale.size} written, ${left.length} removed\n`);
    return 0;
  }
  for (const page of [...stale.keys(), ...left])
    streams.stdout.write(`${path.join(options.out, page)} is not current\n`);
  if (stale.size + left.length === 0) return 0;
  streams.stderr.write("fix: run `make docs` and commit the result\n");
  return 1;
}

async function stalePages(
  pages: ReadonlyMap<string, string>,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const stale = new Map<string, string>();
  for (const [page, text] of pages) {
    const current = await readFile(path.join(folder, page), "utf8").catch(() => undefined);
    if (current !== text) stale.set(page, text);
  }
  return stale;
}

/** Pages of policies that are no more. */
async function leftOver(pages: ReadonlyMap<string, string>, folder: string): Promise<readonly string[]> {
  const present = await readdir(path.join(folder, "policies"), { recursive: true }).catch(() => []);
  return present
    .filter((page) => page.endsWith(".md"))
    .map((page) => path.join("policies", page))
    .filter((page) => !pages.has(page));
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}
