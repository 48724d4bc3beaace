import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { BUILD_FORMAT } from "./revision.ts";

/** What decides how a bundle comes out, beside these: OPA's version and the list of builtins, which are hashed. */
const SCHEMAS = [
  "src/policy/metadata.ts",
  "src/policy/resource.ts",
  "src/policy/kinds.ts",
  "src/policy/rule.ts",
];
/** What makes pages and messages, but no bundle. */
const NOT_BUNDLES = [
  "builtins-page.ts",
  "docs.ts",
  "library.ts",
  "library-page.ts",
  "read-library.ts",
  "progress.ts",
  "cache-folder.ts",
  "concurrency.ts",
];

/** The hash of the code alone: comments and layout decide nothing. */
async function hashOfTheBuild(): Promise<string> {
  const names = (await readdir("src/build")).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !NOT_BUNDLES.includes(name),
  );
  const hash = createHash("sha256");
  for (const file of [...names.toSorted().map((name) => `src/build/${name}`), ...SCHEMAS]) {
    const text = await readFile(file, "utf8");
    hash.update(text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "").replaceAll(/\s+/g, ""));
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * If this fails, the build was changed. Raise BUILD_FORMAT in revision.ts if the same files may now give another bundle
 * or another refusal, so that cached bundles are not used any more; then write the new pair here.
 */
test("a change of the build is not forgotten in the revision", async () => {
  expect({ format: BUILD_FORMAT, hash: await hashOfTheBuild() }).toEqual({
    format: 5,
    hash: "e69c4f66d9c3af37",
  });
});
