import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const ENGINE_IMPORT = /from "((?:\.\.?\/)+(?:[\w-]+\/)*engine\/[^"]+)"/g;

/** What files outside of the engine import of it; tests may look inside. */
async function importsIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join("src", "engine")));
  const found = await Promise.all(
    files.map(async (file) =>
      [...(await readFile(file, "utf8")).matchAll(ENGINE_IMPORT)].map(([, name = ""]) => `${file}: ${name}`),
    ),
  );
  return found.flat();
}

test("nothing of the engine is imported from outside but its index", async () => {
  const imports = [...(await importsIn("src")), ...(await importsIn("bench"))];
  expect(imports.length).toBeGreaterThan(40);
  expect(imports.filter((found) => !found.endsWith("/engine/index.ts"))).toEqual([]);
});
