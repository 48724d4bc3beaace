import * as sdk from "@open-policy-agent/opa-wasm";
import { PortcullisError } from "../error.ts";
import { type Abi, type Address, readAbi, readAbiVersion, readText, unsigned } from "./abi.ts";
import { BaseDocuments, type DataSource } from "./base-documents.ts";
import { builtinCache } from "./builtin-cache.ts";
import { BUILTINS } from "./builtins/registry.ts";
import { type Host, type HostFunction, importsOf } from "./host.ts";
import { REDIRECTED } from "./natives/natives.ts";
import { parseValue } from "./parse.ts";
import { PATTERN_BYTES, PatternCache } from "./pattern-cache.ts";
import { PRINT_BUILTIN } from "./print.ts";
import { RegoNumber, RegoObject } from "./value.ts";
import { wasm, type WasmInstance, type WasmMemory, type WasmModule } from "./web-assembly.ts";

/** What `LoadedPolicy` of the SDK offers and the engine uses. */
interface LoadedPolicy {
  readonly entrypoints: Readonly<Record<string, number>>;
}

interface Sdk {
  readonly default: {
    readonly LoadedPolicy: new (
      instance: WasmInstance,
      memory: WasmMemory,
      minorVersion: number,
    ) => LoadedPolicy;
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: the SDK's types lack its default export
const { LoadedPolicy } = (sdk as unknown as Sdk).default;

/**
 * How an instance's memory is divided, from below: policies, base documents, compiled patterns, the documents of a
 * request, and what one evaluation needs. It has its full size from the start and never grows: each step of growing
 * makes V8 collect garbage, which takes ten times as long as parsing, and pages that nothing was written to cost nothing.
 */
export interface MemoryLayout {
  readonly pages: number;
  /** Bytes for the base documents. */
  readonly dataBytes: number;
  /** Bytes at the end that are for one evaluation. */
  readonly evaluationBytes: number;
}

/** Everything that is needed to make another instance of the same policies. */
export interface Program {
  readonly module: WasmModule;
  readonly layout: MemoryLayout;
  /** Named in errors. */
  readonly file: string;
}

/**
 * One instance of the policies with its memory and the base documents in it. Made by the engine; thrown away after
 * anything that was thrown inside it: OPA's runtime then never gives back its stack.
 */
export interface PolicyInstance {
  readonly abi: Abi;
  readonly memory: WasmMemory;
  /** All of the memory, which keeps its size. */
  readonly bytes: Uint8Array;
  readonly host: Host;
  /** What an entrypoint is evaluated in, with the base documents set. */
  readonly context: Address;
  readonly documents: BaseDocuments;
  readonly patterns: PatternCache;
  readonly heapStart: Address;
  readonly entrypoints: ReadonlyMap<string, number>;
  /** Where the documents of a request must end and the memory of an evaluation begins. */
  readonly evaluationStart: Address;
}

/**
 * Makes an instance in a memory of its own or in that of one that is no longer used, since OPA's modules write every
 * variable of theirs when they start. It writes the same below the base documents each time, so those can be kept.
 * Throws WASM_INVALID or BUILTIN_MISSING, DataOverflow, or what WebAssembly throws.
 */
export function instantiate(program: Program, source: DataSource, used?: WasmMemory): PolicyInstance {
  const { pages, dataBytes, evaluationBytes } = program.layout;
  const memory = used ?? new wasm.Memory({ initial: pages, maximum: pages });
  const host: Host = { memory };
  const instance = new wasm.Instance(program.module, importsOf(host));
  const version = readAbiVersion(instance);
  const abi = readAbi(instance);
  if (abi === undefined || version.major !== 1 || typeof version.minor !== "number" || version.minor < 3) {
    throw invalidModule(
      program.file,
      `its ABI is ${String(version.major)}.${String(version.minor)}, not 1.3 or later`,
    );
  }
  const pointers = builtinCache(program.module, abi, new Uint8Array(memory.buffer));
  host.abi = abi;
  host.builtins = resolveBuiltins(readText(memory, abi.opa_value_dump(abi.builtins())), program.file);
  const policy = new LoadedPolicy(instance, memory, version.minor);
  const context = abi.opa_eval_ctx_new();
  const start = unsigned(abi.opa_heap_ptr_get());
  const limit = start + dataBytes;
  return {
    abi,
    memory,
    bytes: new Uint8Array(memory.buffer),
    host,
    context,
    documents: new BaseDocuments({ abi, memory, context }, { start, limit }, source),
    patterns: new PatternCache(abi, memory.buffer, { pointers, start: limit }),
    heapStart: limit + PATTERN_BYTES,
    entrypoints: new Map(Object.entries(policy.entrypoints)),
    evaluationStart: memory.buffer.byteLength - evaluationBytes,
  };
}

/** A missing builtin is refused here and not when a policy first reaches the call. */
function resolveBuiltins(dump: string, file: string): ReadonlyMap<number, HostFunction> {
  const table = parseValue(dump);
  if (!(table instanceof RegoObject)) throw invalidModule(file, "its list of builtins cannot be read");
  const called = table.entries.map(([name, id]): [number, HostFunction] => {
    const run = typeof name === "string" ? BUILTINS.get(name) : undefined;
    if (name === PRINT_BUILTIN && id instanceof RegoNumber) return [Number(id.text), "print"];
    if (typeof name !== "string" || run === undefined || !(id instanceof RegoNumber))
      throw missingBuiltin(file, JSON.stringify(name));
    return [Number(id.text), { name, run }];
  });
  return new Map([...called, ...REDIRECTED]);
}

export function invalidModule(file: string, why: string, cause?: unknown): PortcullisError {
  return new PortcullisError("WASM_INVALID", {
    message: `The WebAssembly module in ${file} cannot be loaded: ${why}.`,
    remedy: "Build the policies again with `portcullis build` and OPA 1.22.0.",
    position: { file },
    cause,
  });
}

function missingBuiltin(file: string, name: string): PortcullisError {
  return new PortcullisError("BUILTIN_MISSING", {
    message: `A policy in ${file} calls the builtin ${name}, which this version of Portcullis does not have.`,
    remedy: "Build the policies with the same version of Portcullis, which names the calls that it refuses.",
    position: { file },
  });
}
