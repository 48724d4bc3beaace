import { readFile, stat } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { parseTar } from "nanotar";
import { PortcullisError } from "../error.ts";
import { parseBundle, type Bundle } from "../policy/bundle.ts";
import { notesIn, type Note } from "./built-manifest.ts";

// 200 policies give 0.1 MB packed and 0.7 MB unpacked; these bounds only keep a wrong file from filling the memory.
const MAX_PACKED_BYTES = 128 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;

/** Reads a bundle from disk. Throws BUNDLE_UNREADABLE or BUNDLE_FOREIGN. */
export async function readBundle(file: string): Promise<Bundle> {
  return parseBundle(await unpack(file), file);
}

/** A bundle with what only a build left in it; `notes` is undefined for one of an older version. */
export async function readBuilt(
  file: string,
): Promise<{ readonly bundle: Bundle; readonly notes: readonly Note[] | undefined }> {
  const files = await unpack(file);
  const bundle = parseBundle(files, file);
  const manifest: unknown = JSON.parse(new TextDecoder().decode(files.get(".manifest")));
  return { bundle, notes: notesIn(manifest) };
}

async function unpack(file: string): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  try {
    const { size } = await stat(file);
    if (size > MAX_PACKED_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_PACKED_BYTES}`);
    const tar = gunzipSync(await readFile(file), { maxOutputLength: MAX_UNPACKED_BYTES });
    // nanotar reads the whole buffer behind a view, so it gets one of its own.
    const entries = parseTar(Uint8Array.from(tar).buffer);
    return new Map(entries.map(({ name, data }) => [name, Uint8Array.from(data ?? [])]));
  } catch (cause) {
    throw new PortcullisError("BUNDLE_UNREADABLE", {
      message: `The bundle ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy:
        "Build it again with `make build` (or `portcullis build`), or name the folder of the policies instead.",
      position: { file },
      cause,
    });
  }
}
