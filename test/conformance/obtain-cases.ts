/**
 * Where OPA's own cases come from: the Go module of the pinned OPA, which Go verifies and keeps in its cache; without
 * Go, the source archive of the release, whose cases are verified here and kept in Portcullis' cache.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseTarGzip } from "nanotar";
import { z } from "zod";
import { onPath } from "../../src/build/opa/locate.ts";
import { OPA_MODULE, OPA_VERSION } from "../../src/build/opa/release.ts";
import { run, type Environment } from "../../src/build/opa/run.ts";
import type { Progress } from "../../src/build/progress.ts";
import { isThere } from "../is-there.ts";

const CASES = "v1/test/cases/testdata";

export const ARCHIVE = {
  url: `https://github.com/open-policy-agent/opa/archive/refs/tags/v${OPA_VERSION}.tar.gz`,
  /** What `digest` gives for the cases in the Go module. */
  digest: "1ff33ce674e8dc84ee6b42f1b751aa6bf711d101bdb21a5fa3924a907b6efba1",
};

/** Some minutes for the 30 MB of the archive. */
const TIMEOUT_MILLISECONDS = 5 * 60 * 1000;

export interface ObtainCasesOptions {
  /** Read: `PATH`; all of it goes to Go. */
  readonly environment: Environment;
  readonly cacheFolder: string;
  readonly archive: typeof ARCHIVE;
  readonly progress: Progress;
}

/** The folder that holds `v0` and `v1`, or why there is none. */
export type ObtainedCases = { readonly folder: string } | { readonly failure: string };

/** Gives the folder of OPA's cases; downloads them if need be. */
export async function obtainCases(options: ObtainCasesOptions): Promise<ObtainedCases> {
  const inModule = await goModule(options);
  if ("folder" in inModule) return inModule;
  const inArchive = await archive(options);
  if ("folder" in inArchive) return inArchive;
  return { failure: `${inModule.failure}; ${inArchive.failure}` };
}

const Module = z.object({ Dir: z.string() });

async function goModule({ environment }: ObtainCasesOptions): Promise<ObtainedCases> {
  const [go] = await onPath(process.platform === "win32" ? "go.exe" : "go", environment);
  if (go === undefined) return { failure: "Go is not on the PATH" };
  // Outside every module, so that no go.mod has a say.
  const ended = await run(go, ["mod", "download", "-json", OPA_MODULE], { environment, folder: tmpdir() });
  if (ended.code !== 0)
    return { failure: `\`go mod download ${OPA_MODULE}\` failed: ${ended.stderr.trim()}` };
  return { folder: join(Module.parse(JSON.parse(ended.stdout)).Dir, CASES) };
}

type Texts = ReadonlyMap<string, Uint8Array>;

async function archive(options: ObtainCasesOptions): Promise<ObtainedCases> {
  const folder = join(options.cacheFolder, "conformance", `opa-${OPA_VERSION}`);
  if (await isThere(folder)) return { folder };
  const { url, digest: expected } = options.archive;
  options.progress(`Downloading OPA's test cases from ${url}.`);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
    if (!response.ok) return { failure: `the server answered ${response.status} for ${url}` };
    const texts = casesIn(await parseTarGzip(await response.arrayBuffer()));
    const received = digest(texts);
    if (received !== expected) return { failure: `the cases in ${url} are ${received}, not ${expected}` };
    await keep(texts, folder);
    return { folder };
  } catch (error) {
    return { failure: `${url} could not be downloaded: ${String(error)}` };
  }
}

/** The cases by their path below `CASES`, sorted; everything is in one folder named for the release. */
function casesIn(files: Awaited<ReturnType<typeof parseTarGzip>>): Texts {
  const cases = files.flatMap(({ name, data }) => {
    const [, path] = new RegExp(`^[^/]+/${CASES}/(v[01]/.+\\.yaml)$`).exec(name) ?? [];
    return path === undefined || data === undefined ? [] : [[path, data] as const];
  });
  return new Map(cases.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** SHA-256 over path and content of all files in their order. */
export function digest(texts: Texts): string {
  const hash = createHash("sha256");
  for (const [path, content] of texts) hash.update(`${path}\0${content.length}\0`).update(content);
  return hash.digest("hex");
}

/** The folder appears whole or not at all. */
async function keep(texts: Texts, folder: string): Promise<void> {
  const unfinished = `${folder}.${randomUUID()}`;
  try {
    for (const [path, content] of texts) {
      const file = join(unfinished, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
