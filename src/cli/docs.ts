import { dump } from "js-yaml";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { builtinsPage } from "../build/builtins-page.ts";
import { policyPages } from "../build/docs.ts";
import { BuildError } from "../build/build-error.ts";
import { libraryPage } from "../build/library-page.ts";
import { obtainOpa } from "../build/opa/obtain.ts";
import { readLibrary, type Library } from "../build/read-library.ts";
import { doctorReportSchema } from "../doctor/report/report.ts";
import { customResourceDefinitions } from "../policy/custom-resource-definition.ts";
import { evalReportSchema } from "../report/schema.ts";
import { testReportSchema } from "../report/test-schema.ts";
import { explainError } from "./explain-error.ts";
import { loadBundle } from "./load-policies.ts";
import { progressOn } from "./progress.ts";
import type { Environment, ProcessSurroundings } from "./surroundings.ts";

export interface DocsOptions {
  /** The folder of Rego files. */
  readonly policies: string;
  /** The folder of the documentation. */
  readonly out: string;
  /** The folder of the CustomResourceDefinitions. */
  readonly crds: string;
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
  const library = await libraryOf(options.policies, environment, progress.say);
  const inDocs = new Map([
    ...[...policyPages(bundle.policies)].map(([page, text]) => [path.join("policies", page), text] as const),
    [path.join("reference", "builtins.md"), builtinsPage()],
    ...(library.packages.length === 0 ? [] : [libraryEntry(library)]),
    [path.join("reference", "eval-report.schema.json"), `${JSON.stringify(evalReportSchema(), null, 2)}\n`],
    [
      path.join("reference", "doctor-report.schema.json"),
      `${JSON.stringify(doctorReportSchema(), null, 2)}\n`,
    ],
    [path.join("reference", "test-report.schema.json"), `${JSON.stringify(testReportSchema(), null, 2)}\n`],
  ]);
  const pages = new Map([...within(options.out, inDocs), ...within(options.crds, definitionFiles())]);
  const stale = await stalePages(pages);
  const left = [
    ...(await leftOver(pages, path.join(options.out, "policies"), ".md")),
    ...(await leftOver(pages, options.crds, ".yaml")),
  ];
  if (!options.check) {
    for (const [page, text] of stale) await write(page, text);
    for (const page of left) await rm(page);
    streams.stdout.write(`${pages.size} pages, ${stale.size} written, ${left.length} removed\n`);
    return 0;
  }
  for (const page of [...stale.keys(), ...left]) streams.stdout.write(`${page} is not current\n`);
  if (stale.size + left.length > 0) streams.stderr.write("fix: run `make docs` and commit the result\n");
  if (library.problems.length > 0) streams.stderr.write(explainError(new BuildError(library.problems)));
  return stale.size + left.length + library.problems.length === 0 ? 0 : 1;
}

/** The library of a folder of policies; a bundle tells nothing of it. */
async function libraryOf(
  policies: string,
  environment: Environment,
  progress: (message: string) => void,
): Promise<Library> {
  if (!(await stat(policies)).isDirectory()) return { packages: [], problems: [] };
  const { variables, cacheFolder, machine } = environment;
  const opa = await obtainOpa({ environment: variables, cacheFolder, machine, progress });
  return readLibrary(policies, opa);
}

function libraryEntry({ packages }: Library): readonly [string, string] {
  return [path.join("reference", "policy-library.md"), libraryPage(packages, "../../policies")];
}

function definitionFiles(): ReadonlyMap<string, string> {
  return new Map(
    [...customResourceDefinitions()].map(([name, definition]) => [
      `${name}.yaml`,
      `# Written by \`make docs\` from src/policy/binding.ts; changes here are lost.\n${yamlText(definition)}`,
    ]),
  );
}

/** In double quotes and without folded lines, as oxfmt leaves it. */
function yamlText(object: object): string {
  return dump(object, { lineWidth: -1, noRefs: true, quoteStyle: "double" });
}

/** The same texts by their paths from here. */
function within(folder: string, texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...texts].map(([file, text]) => [path.join(folder, file), text]));
}

async function stalePages(pages: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const stale = new Map<string, string>();
  for (const [page, text] of pages) {
    const current = await readFile(page, "utf8").catch(() => undefined);
    if (current !== text) stale.set(page, text);
  }
  return stale;
}

/** Files of what is no more. */
async function leftOver(
  pages: ReadonlyMap<string, string>,
  folder: string,
  extension: string,
): Promise<readonly string[]> {
  const present = await readdir(folder, { recursive: true }).catch(() => []);
  return present
    .filter((page) => page.endsWith(extension))
    .map((page) => path.join(folder, page))
    .filter((page) => !pages.has(page));
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}
