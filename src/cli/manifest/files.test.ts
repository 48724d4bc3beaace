import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { findManifests } from "./files.ts";
import { MAX_FILE_SIZE } from "./read.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portcullis-files-"));
  for (const name of ["b/c", "node_modules", ".git", "empty"])
    await mkdir(join(folder, name), { recursive: true });
  const names = [
    "b.yaml",
    "a.yml",
    "b/c/d.json",
    "b/e.jsonl",
    "readme.md",
    ".hidden.yaml",
    "node_modules/x.yaml",
    ".git/y.yaml",
  ];
  for (const name of names) await writeFile(join(folder, name), name);
  await writeFile(join(folder, "utf16.txt"), Buffer.from("\ufeffapiVersion: é", "utf16le"));
  await writeFile(join(folder, "broken.txt"), Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62]));
  await writeFile(join(folder, "large.txt"), "");
  await truncate(join(folder, "large.txt"), MAX_FILE_SIZE + 1);
});

afterAll(async () => rm(folder, { recursive: true }));

/** Each find as `file: text` or `file! code`, without the folder. */
async function find(paths: readonly string[], stdin?: Readable): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const item of findManifests(paths, stdin)) {
    if (item.kind === "file") found.push(`${item.file}: ${item.text}`);
    else found.push(`${item.error.position?.file}! ${item.error.code}`);
  }
  return found.map((line) => line.replaceAll(folder, "F"));
}

describe("finding manifests", () => {
  test("goes through folders by name and skips what is hidden or no manifest", async () => {
    expect(await find([folder])).toEqual([
      "F/a.yml: a.yml",
      "F/b/c/d.json: b/c/d.json",
      "F/b/e.jsonl: b/e.jsonl",
      "F/b.yaml: b.yaml",
    ]);
  });

  test("takes a file that is named, whatever its name, and keeps the path as it was typed", async () => {
    expect(await find([join(folder, "readme.md"), `${folder}/b/../b//e.jsonl`])).toEqual([
      "F/readme.md: readme.md",
      "F/b/../b//e.jsonl: b/e.jsonl",
    ]);
    expect(await find([`${folder}/b/`])).toEqual(["F/b/c/d.json: b/c/d.json", "F/b/e.jsonl: b/e.jsonl"]);
  });

  test("reads standard input for a dash", async () => {
    const bytes = Buffer.from("kind: é");
    expect(await find(["-"], Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))).toEqual([
      "-: kind: é",
    ]);
    expect(await find(["-"])).toEqual(["-: "]);
  });

  test("decodes text as kubectl does", async () => {
    expect(await find([join(folder, "utf16.txt"), join(folder, "broken.txt")])).toEqual([
      "F/utf16.txt: apiVersion: é",
      "F/broken.txt: a\ufffdb",
    ]);
  });

  test("goes on behind what cannot be read", async () => {
    const paths = ["missing.yaml", "empty", "large.txt", "b.yaml"].map((name) => join(folder, name));
    expect(await find(paths)).toEqual([
      "F/missing.yaml! FILE_UNREADABLE",
      "F/empty! FOLDER_EMPTY",
      "F/large.txt! MANIFEST_TOO_LARGE",
      "F/b.yaml: b.yaml",
    ]);
  });

  test("stops at too much standard input", async () => {
    const block = Buffer.alloc(MAX_FILE_SIZE / 4, "x");
    const endless = Readable.from(
      (function* blocks() {
        for (;;) yield block;
      })(),
    );
    expect(await find(["-"], endless)).toEqual(["-! MANIFEST_TOO_LARGE"]);
  });

  test("says what has a manifest's name and is none", async () => {
    await mkdir(join(folder, ".linked"));
    await symlink(join(folder, "b"), join(folder, ".linked", "b.yaml"));
    expect(await find([join(folder, ".linked")])).toEqual(["F/.linked/b.yaml! FILE_UNREADABLE"]);
  });
});
