import { writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createTar } from "nanotar";
import { temporaryFolder } from "../../test/policy-folder.ts";
import { PortcullisError } from "../error.ts";
import { readBundle } from "./read-bundle.ts";

const REVISION = `sha256:${"a".repeat(64)}`;

async function written(content: Uint8Array): Promise<string> {
  const file = path.join(await temporaryFolder(), "bundle.tar.gz");
  await writeFile(file, content);
  return file;
}

function bundle(files: Readonly<Record<string, string>>): Uint8Array {
  return gzipSync(createTar(Object.entries(files).map(([name, data]) => ({ name, data }))));
}

const MANIFEST = JSON.stringify({
  revision: REVISION,
  metadata: { portcullis: { version: 1, policies: [] } },
});

test("a bundle is read, with or without a slash before its names", async () => {
  const file = await written(
    bundle({ "/policy.wasm": "module", "/.manifest": MANIFEST, "/data.json": '{"a":1}' }),
  );
  const read = await readBundle(file);
  expect(read).toMatchObject({ revision: REVISION, policies: [], data: new TextEncoder().encode('{"a":1}') });
  expect(new TextDecoder().decode(read.wasm)).toBe("module");
});

test("a file that is no bundle of ours is named", async () => {
  const file = await written(bundle({ "data.json": "{}" }));
  await expect(readBundle(file)).rejects.toMatchObject({ code: "BUNDLE_FOREIGN", position: { file } });
});

test("a missing, an empty and a cut file cannot be read", async () => {
  const whole = bundle({ "policy.wasm": "module", ".manifest": MANIFEST });
  for (const file of [
    "/nowhere/bundle",
    await written(new Uint8Array()),
    await written(whole.subarray(0, 60)),
  ]) {
    await expect(readBundle(file)).rejects.toMatchObject({ code: "BUNDLE_UNREADABLE", position: { file } });
  }
});

test("whatever is packed, the answer is a bundle or an error that says what to do", async () => {
  const file = path.join(await temporaryFolder(), "bundle.tar.gz");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (content) => {
      await writeFile(file, gzipSync(content));
      await expect(readBundle(file)).rejects.toBeInstanceOf(PortcullisError);
    }),
    { numRuns: 50 },
  );
});
