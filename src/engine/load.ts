import { PortcullisError } from "../error.ts";
import type { Engine, EvaluationCall, EvaluationResult, EvaluationSession } from "./engine.ts";
import { evaluationError, textOf } from "./evaluation-error.ts";
import { instantiate, invalidModule, type PolicyInstance, type Program } from "./instance.ts";
import { importedMemoryPages } from "./memory-import.ts";
import { SessionHeap } from "./session.ts";
import { MAX_PAGES, PAGE_BYTES, wasm, type WasmModule } from "./web-assembly.ts";

const MIB = 2 ** 20;

/**
 * Memory for the input and the values of one evaluation. The API server sends at most 3 MiB, which parsed is about
 * eleven times as much; the rest, 220 MiB, is for what the rule makes of it.
 */
const DEFAULT_MEMORY_BYTES = 256 * MIB;

/**
 * An instance that has grown by more is replaced before the next request, since the memory of WebAssembly never
 * shrinks: twice what the greatest input takes, so that ordinary requests never pay for a new instance.
 */
const RECYCLE_BYTES = 64 * MIB;

/** Parsed base documents and their text, by measurement 10 to 12 times the text; growing step by step is what is slow. */
const DATA_FACTOR = 13;

/** Saves the first requests from growing the memory page by page. */
const SLACK_BYTES = MIB;

export interface EngineOptions {
  /** A module that `opa build -t wasm` wrote. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** JSON text of the base documents, an object. */
  readonly data: string;
  /** The file they came from, for errors. */
  readonly file?: string;
  /** Bytes that an evaluation may use beyond the policies and the base documents. Default 256 MiB. */
  readonly memoryBytes?: number;
}

/**
 * Loads compiled policies. Synchronous, since it belongs into a worker thread. Throws WASM_INVALID, BUILTIN_MISSING or
 * BUNDLE_UNREADABLE.
 */
export function loadEngine({ wasm: bytes, data, file = "the bundle", memoryBytes }: EngineOptions): Engine {
  const dataBytes = encodeData(data, file);
  const program: Program = {
    module: compile(bytes, file),
    data: dataBytes,
    pages: pagesFor(bytes, dataBytes.byteLength, memoryBytes ?? DEFAULT_MEMORY_BYTES),
    file,
  };
  try {
    return new WasmEngine(program, instantiate(program));
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

function pagesFor(bytes: Uint8Array, dataLength: number, memoryBytes: number): Program["pages"] {
  const own = importedMemoryPages(bytes) ?? 0;
  const initial = own + Math.ceil((dataLength * DATA_FACTOR + SLACK_BYTES) / PAGE_BYTES);
  return { initial, maximum: Math.min(MAX_PAGES, initial + Math.ceil(memoryBytes / PAGE_BYTES)) };
}

/** Lives as long as the bundle is loaded in a thread; holds at most one instance, which the next evaluation replaces. */
class WasmEngine implements Engine {
  readonly entrypoints: ReadonlySet<string>;
  readonly #program: Program;
  readonly #ids: ReadonlyMap<string, number>;
  #instance: PolicyInstance | undefined;
  #session: EvaluationSession | undefined;

  constructor(program: Program, instance: PolicyInstance) {
    this.#program = program;
    this.#instance = instance;
    this.#ids = instance.entrypoints;
    this.entrypoints = new Set(instance.entrypoints.keys());
  }

  open(call: EvaluationCall): EvaluationSession {
    let heap: SessionHeap | undefined;
    const session: EvaluationSession = {
      evaluate: (entrypoint, input): EvaluationResult => {
        if (this.#session !== session) throw new Error("A session ends when the engine opens the next one.");
        const start = performance.now();
        const seconds = (): number => (performance.now() - start) / 1000;
        const id = this.#ids.get(entrypoint);
        if (id === undefined) return { kind: "error", error: this.#missing(entrypoint), seconds: seconds() };
        try {
          heap ??= new SessionHeap(this.#freshInstance(), call);
          return { kind: "value", value: heap.evaluate(id, input), seconds: seconds() };
        } catch (cause) {
          // OPA's runtime does not give back the stack of a call that was left by a throw; after some 1,400 of them
          // nothing works any more. So: never evaluate again on an instance that has thrown.
          heap = undefined;
          this.#instance = undefined;
          return { kind: "error", error: evaluationError(entrypoint, cause), seconds: seconds() };
        }
      },
    };
    this.#session = session;
    return session;
  }

  /** The instance, or a new one if there is none or it has grown large. */
  #freshInstance(): PolicyInstance {
    const instance = this.#instance;
    const isUsable =
      instance !== undefined && instance.memory.buffer.byteLength - instance.initialBytes <= RECYCLE_BYTES;
    this.#instance = isUsable ? instance : instantiate(this.#program);
    return this.#instance;
  }

  #missing(entrypoint: string): PortcullisError {
    return new PortcullisError("ENTRYPOINT_MISSING", {
      message: `The WebAssembly module in ${this.#program.file} has no rule ${entrypoint}.`,
      remedy:
        "Build the policies again with `portcullis build`, so that the bundle's list and its module agree.",
      position: { file: this.#program.file },
    });
  }
}
