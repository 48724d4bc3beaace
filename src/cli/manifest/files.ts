import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import type { Readable } from "node:stream";
import { PortcullisError } from "../../error.ts";
import { decodeText } from "./encoding.ts";
import { fileTooLarge, MAX_FILE_SIZE } from "./read.ts";

const STANDARD_INPUT = "-";

/** Standard input is no file. */
const QUIETLY = { throwIfNoEntry: false } as const;

/** What is taken from folders; a file that is named itself may have any name, as for kubectl. */
const EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml", ".json", ".jsonl"]);

/** Whether a file of this name is taken from a folder. */
export function isManifestName(name: string): boolean {
  return EXTENSIONS.has(extname(name));
}

/** A file with its text, or why there is none. */
export type Found =
  | { readonly kind: "file"; readonly file: string; readonly text: string }
  | { readonly kind: "problem"; readonly error: PortcullisError };

/**
 * Reads files, folders with all folders below them, and for `-` standard input, one at a time, in the order given and
 * within folders by name. Hidden files and folders and `node_modules` are skipped. Paths stay as the user typed them.
 */
export async function* findManifests(paths: readonly string[], stdin?: Readable): AsyncGenerator<Found> {
  for (const path of paths) {
    if (path === STANDARD_INPUT) yield await readStandardInput(stdin);
    else yield* readPath(path);
  }
}

/** The bytes of all these files, as far as they are known; what cannot be read is told when it is read. */
export function sizeOf(paths: readonly string[]): number {
  let bytes = 0;
  try {
    for (const path of paths) {
      const files = statSync(path, QUIETLY)?.isDirectory() === true ? filesBelow(path) : [path];
      for (const file of files) bytes += statSync(file, QUIETLY)?.size ?? 0;
    }
  } catch {
    return bytes;
  }
  return bytes;
}

async function readStandardInput(stdin: Readable | undefined): Promise<Found> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    // A Readable's chunks have no type; standard input without an encoding gives buffers.
    const bytes: AsyncIterable<Buffer> | Iterable<Buffer> = stdin ?? [];
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > MAX_FILE_SIZE) throw fileTooLarge(STANDARD_INPUT, size);
      chunks.push(chunk);
    }
    return { kind: "file", file: STANDARD_INPUT, text: decodeText(Buffer.concat(chunks)) };
  } catch (error) {
    return problem(STANDARD_INPUT, error);
  }
}

/** Synchronously: for thousands of small files, promises take five times as long as the files. */
function* readPath(path: string): Generator<Found> {
  try {
    const folder = statSync(path).isDirectory();
    const files = folder ? filesBelow(path) : [path];
    if (files.length === 0) yield { kind: "problem", error: folderEmpty(path) };
    for (const file of files) yield readFile(file);
  } catch (error) {
    yield { kind: "problem", error: unreadable(path, error) };
  }
}

function filesBelow(folder: string): readonly string[] {
  const prefix = folder.endsWith("/") ? folder : `${folder}/`;
  const entries = readdirSync(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    if (entry.isDirectory()) for (const file of filesBelow(prefix + entry.name)) files.push(file);
    else if (isManifestName(entry.name)) files.push(prefix + entry.name);
  }
  return files;
}

function readFile(file: string): Found {
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE_SIZE) throw fileTooLarge(file, size);
    return { kind: "file", file, text: decodeText(readFileSync(file)) };
  } catch (error) {
    return problem(file, error);
  }
}

function problem(file: string, error: unknown): Found {
  return { kind: "problem", error: error instanceof PortcullisError ? error : unreadable(file, error) };
}

function folderEmpty(path: string): PortcullisError {
  return new PortcullisError("FOLDER_EMPTY", {
    message: `The folder holds no file that ends in ${[...EXTENSIONS].join(", ")}.`,
    remedy: "Name the folder or the files that hold the manifests.",
    position: { file: path },
  });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "There is no such file or folder"],
  ["EACCES", "You may not read it"],
  ["EISDIR", "It is a folder, although its name ends like a file's"],
]);

function unreadable(path: string, cause: unknown): PortcullisError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason =
    REASONS.get(code) ?? `It could not be read (${cause instanceof Error ? cause.message : String(cause)})`;
  return new PortcullisError("FILE_UNREADABLE", {
    message: `${reason}.`,
    remedy: "Check the path and its permissions; `-` reads standard input.",
    position: { file: path },
    cause,
  });
}
