import { readdir, readFile } from "node:fs/promises";

/** Paths of the files of end-to-end tests. */
export interface EndToEnd {
  /** They take any cluster (`clusterForTests` in test/e2e/any-cluster.ts). */
  readonly running: readonly string[];
  /** They need a control plane of their own: they start and end its processes, or programs that it calls. */
  readonly omitted: readonly string[];
}

const FOLDER = "test/e2e";

export async function endToEndTests(): Promise<EndToEnd> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".test.ts")).toSorted();
  const running: string[] = [];
  const omitted: string[] = [];
  for (const file of names.map((name) => `${FOLDER}/${name}`)) {
    const takesAny = (await readFile(file, "utf8")).includes("await clusterForTests(");
    (takesAny ? running : omitted).push(file);
  }
  return { running, omitted };
}
