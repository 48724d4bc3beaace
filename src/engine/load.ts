import { PortcullisError } from "../error.ts";
import type { LoadedEngine } from "./engine.ts";
import { textOf } from "./evaluation-error.ts";
import { dataBytes } from "./data-json.ts";
import { instantiate, invalidModule, type MemoryLayout } from "./instance.ts";
import { PATTERN_BYTES } from "./pattern-cache.ts";
import type { InstanceMakers } from "./memories.ts";
import { importedMemoryPages } from "./memory-import.ts";
import { REDIRECTIONS } from "./natives/natives.ts";
import { redirect } from "./natives/redirect.ts";
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

/** What is written between a module's own variables and the base documents: the lists of builtins and entrypoints. */
const OWN_HEAP = MIB;

interface MemorySizes {
  /** Bytes that the parsed documents of one request may take. Default 768 MiB. */
  readonly documentBytes: number;
  /** Bytes that one evaluation may use beyond them, the policies and the base documents. Default 256 MiB. */
  readonly evaluationBytes: number;
}

export interface EngineOptions extends Partial<MemorySizes> {
  /** A module that `opa build -t wasm` wrote. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** JSON text of the base documents, an object; as UTF-8 or not. Default: none. */
  readonly data?: string | Uint8Array;
  /** The file they came from, for errors. */
  readonly file?: string;
}

/**
 * Loads compiled policies. Synchronous, since it belongs into a worker thread. Throws WASM_INVALID, BUILTIN_MISSING or
 * BUNDLE_UNREADABLE.
 */
export function loadEngine(options: EngineOptions): LoadedEngine {
  const { wasm: bytes, data = "{}", file = "the bundle" } = options;
  const program = { module: compile(bytes, file), file };
  const own = importedMemoryPages(bytes) ?? 0;
  const { documentBytes, evaluationBytes } = { ...LARGE, ...options };
  const makersFor = (forData: number): InstanceMakers => {
    const below = { bytes: own * PAGE_BYTES + forData + OWN_HEAP + PATTERN_BYTES, dataBytes: forData };
    const large = layout(below, { documentBytes, evaluationBytes });
    const ordinary = layout(below, {
      documentBytes: Math.min(ORDINARY.documentBytes, documentBytes),
      evaluationBytes: Math.min(ORDINARY.evaluationBytes, evaluationBytes),
    });
    return {
      ordinary: (source, used) => instantiate({ ...program, layout: ordinary }, source, used),
      large: (source, used) => instantiate({ ...program, layout: large }, source, used),
    };
  };
  try {
    return new WasmEngine(file, makersFor, bundleData(data, file));
  } catch (cause) {
    if (cause instanceof PortcullisError) throw cause;
    throw invalidModule(file, textOf(cause), cause);
  }
}

function compile(bytes: Uint8Array<ArrayBuffer>, file: string): WasmModule {
  try {
    return new wasm.Module(redirect(bytes, REDIRECTIONS));
  } catch (cause) {
    throw invalidModule(file, textOf(cause), cause);
  }
}

function bundleData(data: string | Uint8Array, file: string): Uint8Array {
  try {
    return dataBytes(data);
  } catch (cause) {
    throw new PortcullisError("BUNDLE_UNREADABLE", {
      message: `The base documents (data.json) in ${file} are no JSON object.`,
      remedy: "Build the policies again with `portcullis build`.",
      position: { file },
      cause,
    });
  }
}

function layout(
  below: { readonly bytes: number; readonly dataBytes: number },
  { documentBytes, evaluationBytes }: MemorySizes,
): MemoryLayout {
  const pages = Math.ceil((below.bytes + documentBytes + evaluationBytes) / PAGE_BYTES);
  return { pages: Math.min(MAX_PAGES, pages), dataBytes: below.dataBytes, evaluationBytes };
}
