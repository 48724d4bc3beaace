import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { setImmediate as pause } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { parseTar } from "nanotar";
import { PortcullisError } from "../error.ts";
import { parseBundle, type Bundle } from "../policy/bundle.ts";
import { notesIn, type Note } from "./built-manifest.ts";

// 200 policies give 0.1 MB packed and 0.7 MB unpacked; these bounds only keep a wrong file from filling the memory.
const MAX_PACKED_BYTES = 128 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;

/** Bytes that are unpacked at a time, outside of this thread: half a millisecond's work. */
const PIECE = 256 * 1024;
/** Pieces that are put together at a time: a millisecond or two. */
const PIECES_AT_ONCE = 8;

/**
 * Reads a bundle from disk. Its base documents may have 50 MB, and the thread that reads them may have requests to
 * answer: so they are unpacked elsewhere, and lie in shared memory, of which no thread needs a copy.
 * Throws BUNDLE_UNREADABLE or BUNDLE_FOREIGN.
 */
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

/** The files in a bundle by their paths. Throws BUNDLE_UNREADABLE. */
export async function unpack(file: string): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    const { size } = await stat(file);
    if (size > MAX_PACKED_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_PACKED_BYTES}`);
    const tar = await together(await unzipped(file));
    return new Map(parseTar(tar).map(({ name, data }) => [name, data ?? new Uint8Array()]));
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

async function unzipped(file: string): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  await pipeline(
    createReadStream(file),
    createGunzip({ chunkSize: PIECE }),
    async (source: AsyncIterable<Uint8Array>) => {
      for await (const piece of source) {
        length += piece.length;
        if (length > MAX_UNPACKED_BYTES)
          throw new Error(`unpacked it has more than ${MAX_UNPACKED_BYTES} bytes`);
        pieces.push(piece);
      }
    },
  );
  return pieces;
}

async function together(pieces: readonly Uint8Array[]): Promise<Uint8Array<SharedArrayBuffer>> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const whole = new Uint8Array(new SharedArrayBuffer(length));
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    whole.set(piece, at);
    at += piece.length;
    if (index % PIECES_AT_ONCE === PIECES_AT_ONCE - 1) await pause();
  }
  return whole;
}
