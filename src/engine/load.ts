import { PortcullisError } from "../error.ts";
import type { LoadedEngine } from "./engine.ts";
import { textOf } from "./evaluation-error.ts";
import { instantiate, invalidModule, type MemoryLayout } from "./instance.ts";
import { PATTERN_BYTES } from "./pattern-cache.ts";
import { importedMemoryPages } from "./memory-import.ts";
import { WasmEngine } from "./wasm-engine.ts";
import { MAX_PAGES, PAGE_BYTES, wasm, type WasmModule } from "./web-assembly.ts";

const MIB = 2 ** 20;

/**
 * The large memory. A body has at most 7 MiB, and parsed it takes up to 101 times as much (97 times for a list of
 * zeros; Kubernetes objects as people write them 10 to 15 times). To fill what is for the evaluation takes a rule one or
 * two seconds.
 */
const LARGE = { documentBytes: 768 * MIB, evaluationBytes: 256 * MIB };

/** The ordinary memory: enough for objects of 1 MiB as people write them, and small, so that it is cheap to replace. */
const ORDINARY = { documentBytes: 16 * MIB, evaluationBytes: 16 * MIB };

/** Parsed base documents and their text, by measurement 10 to 12 times the text. */
const DATA_FACTOR = 13;

interface MemorySizes {
  /** Bytes that the parsed documents of one request may take. Default 768 MiB. */
  readonly documentBytes: number;
  /** Bytes that one evaluation may use beyond them, the policies and the base documents. Default 256 MiB. */
  readonly evaluationBytes: number;
}

export interface EngineOptions extends Partial<MemorySizes> {
  /** A module that `opa build -t wasm` wrote. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** JSON text of the base documents, an object. */
  readonly data: string;
  /** The file they came from, for errors. */
  readonly file?: string;
}

/**
 * Loads compiled policies. Synchronous, since it belongs into a worker thread. Throws WASM_INVALID, BUILTIN_MISSING or
 * BUNDLE_UNREADABLE.
 */
export function loadEngine(options: EngineOptions): LoadedEngine {
  const { wasm: bytes, data, file = "the bundle" } = options;
  const program = { module: compile(bytes, file), data: encodeData(data, file), file };
  const own = importedMemoryPages(bytes) ?? 0;
  const baseBytes = own * PAGE_BYTES + program.data.byteLength * DATA_FACTOR + PATTERN_BYTES;
  const { documentBytes, evaluationBytes } = { ...LARGE, ...options };
  const large = layout(baseBytes, { documentBytes, evaluationBytes });
  const ordinary = layout(baseBytes, {
    documentBytes: Math.min(ORDINARY.documentBytes, documentBytes),
    evaluationBytes: Math.min(ORDINARY.evaluationBytes, evaluationBytes),
  });
  try {
    return new WasmEngine(file, {
      ordinary: (used) => instantiate({ ...program, layout: ordinary }, used),
      large: (used) => instantiate({ ...program, layout: large }, used),
    });
  } catch (cause) {
    if (cause instanceof PortcullisError) throw cause;
    throw invalidModule(file, textOf(cause), cause);
  }
}

function compile(bytes: Uint8Array<ArrayBuffer>, file: string): WasmModule {
  try {
    return new wasm.Module(bytes);
  } catch (cause) {
    throw invalidModule(file, textOf(cause), cause);
  }
}

/** OPA's parser takes much that is no JSON, so the text is checked before it gets there. */
function encodeData(data: string, file: string): ArrayBuffer {
  try {
    JSON.parse(data);
  } catch (cause) {
    throw new PortcullisError("BUNDLE_UNREADABLE", {
      message: `The base documents (data.json) in ${file} are no JSON.`,
      remedy: "Build the policies again with `portcullis build`.",
      position: { file },
      cause,
    });
  }
  const bytes = new TextEncoder().encode(data);
  // The SDK wants an ArrayBuffer that holds the text and nothing else.
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function layout(baseBytes: number, { documentBytes, evaluationBytes }: MemorySizes): MemoryLayout {
  const pages = Math.ceil((baseBytes + documentBytes + evaluationBytes) / PAGE_BYTES);
  return { pages: Math.min(MAX_PAGES, pages), evaluationBytes };
}
