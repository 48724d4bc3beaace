import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

/** Other people's manifests and recorded reviews; not part of the project. Undefined if the folder is not there. */
const CORPORA = process.env["PORTCULLIS_CORPORA"];

/** For `test.skip`-like tables: says once why tests on the corpora do not run. */
export function corporaOrReason(what: string): string | undefined {
  if (CORPORA === undefined) process.stderr.write(`skipped: ${what}: PORTCULLIS_CORPORA names no folder\n`);
  return CORPORA;
}

/** The lines of a recording, each an AdmissionReview. */
export async function recordedReviews(folder: string, name: string): Promise<readonly string[]> {
  const stream = createReadStream(path.join(folder, "admission-reviews", name)).pipe(createGunzip());
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) if (line !== "") lines.push(line);
  return lines;
}

/** The reviews that the project itself has, as JSON texts. */
export async function ownReviews(): Promise<readonly string[]> {
  const names = (await readdir("test/fixtures/reviews")).filter((name) => name.endsWith(".json"));
  return Promise.all(
    names.toSorted().map((name) => readFile(path.join("test/fixtures/reviews", name), "utf8")),
  );
}
