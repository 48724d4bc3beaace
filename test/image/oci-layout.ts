/** Images as folders (https://github.com/opencontainers/image-spec/blob/main/image-layout.md), written and read. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { imageConfig, ImageConfig, type Platform, type RunConfig } from "./oci.ts";

const execute = promisify(execFile);

const TYPE = "application/vnd.oci.image";

const Descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() });
type Descriptor = z.infer<typeof Descriptor>;
const Index = z.object({ manifests: z.tuple([Descriptor]) });
const Manifest = z.object({ config: Descriptor, layers: z.array(Descriptor) });

/** Where the layout `folder` has the blob of that digest. */
function blob(folder: string, digest: string): string {
  return path.join(folder, "blobs", ...digest.split(":"));
}

async function addBlob(folder: string, mediaType: string, unnamed: string): Promise<Descriptor> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(unnamed), hash);
  const digest = `sha256:${hash.digest("hex")}`;
  await rename(unnamed, blob(folder, digest));
  return { mediaType, digest, size: (await stat(blob(folder, digest))).size };
}

async function addJson(folder: string, mediaType: string, value: object): Promise<Descriptor> {
  const unnamed = path.join(folder, "unnamed.json");
  await writeFile(unnamed, JSON.stringify(value));
  return addBlob(folder, mediaType, unnamed);
}

// As root, whoever has made the files.
const LAYER = ["--create", "--sort=name", "--numeric-owner", "--owner=0", "--group=0"];

/** What an image is made of. */
export interface Parts {
  /** Its files, which are its one layer. */
  readonly root: string;
  readonly config: Partial<RunConfig>;
  readonly platform: Platform;
}

/** Writes an image and gives its digest. `folder` is made. */
export async function writeLayout(folder: string, { root, config, platform }: Parts): Promise<string> {
  await mkdir(path.join(folder, "blobs/sha256"), { recursive: true });
  const tar = path.join(folder, "layer.tar");
  await execute("tar", [...LAYER, "--directory", root, "--file", tar, "."]);
  const layer = await addBlob(folder, `${TYPE}.layer.v1.tar`, tar);
  const settings = await addJson(
    folder,
    `${TYPE}.config.v1+json`,
    imageConfig(config, platform, [layer.digest]),
  );
  const mediaType = `${TYPE}.manifest.v1+json`;
  const manifest = { schemaVersion: 2, mediaType, config: settings, layers: [layer] };
  const described = await addJson(folder, mediaType, manifest);
  await writeFile(path.join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(
    path.join(folder, "index.json"),
    JSON.stringify({ schemaVersion: 2, mediaType: `${TYPE}.index.v1+json`, manifests: [described] }),
  );
  return described.digest;
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

export interface Layer {
  /** Of the uncompressed layer. */
  readonly diffId: string;
  /** A tar file, which may be compressed. */
  readonly file: string;
  /** As it is pushed and pulled. */
  readonly bytes: number;
}

export interface ReadImage {
  readonly image: ImageConfig;
  /** From the bottom. */
  readonly layers: readonly Layer[];
}

/** Reads the one image of a layout. */
export async function readLayout(folder: string): Promise<ReadImage> {
  const { manifests } = Index.parse(await readJson(path.join(folder, "index.json")));
  const manifest = Manifest.parse(await readJson(blob(folder, manifests[0].digest)));
  const image = ImageConfig.parse(await readJson(blob(folder, manifest.config.digest)));
  const layers = manifest.layers.map(({ digest, size }, index) => ({
    diffId: image.rootfs.diff_ids[index] ?? "",
    file: blob(folder, digest),
    bytes: size,
  }));
  return { image, layers };
}

/** Puts a layer's files over those that are in the folder, with their owners if a root does it. */
export async function unpack({ file }: Layer, folder: string): Promise<void> {
  await execute("tar", ["--extract", "--preserve-permissions", "--file", file, "--directory", folder]);
}
