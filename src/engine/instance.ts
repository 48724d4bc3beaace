import * as sdk from "@open-policy-agent/opa-wasm";
import { PortcullisError } from "../error.ts";
import { type Abi, type Address, readAbi, readAbiVersion, readText, unsigned } from "./abi.ts";
import type { Builtin } from "./builtins/builtin.ts";
import { builtinCache } from "./builtin-cache.ts";
import { BUILTINS } from "./builtins/registry.ts";
import { type Host, importsOf } from "./host.ts";
import { parseValue } from "./parse.ts";
import { PATTERN_BYTES, PatternCache } from "./pattern-cache.ts";
import { RegoNumber, RegoObject } from "./value.ts";
import { wasm, type WasmInstance, type WasmMemory, type WasmModule } from "./web-assembly.ts";

/** What `LoadedPolicy` of the SDK offers and the engine uses. */
interface LoadedPolicy {
  readonly dataAddr: Address;
  /** Where the heap begins for an evaluation: behind the base documents. */
  readonly dataHeapPtr: Address;
  readonly entrypoints: Readonly<Record<string, number>>;
  setData(json: ArrayBuffer): void;
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
 * How an instance's memory is divided, from below: policies and base documents, compiled patterns, the documents of a
 * request, and what one evaluation needs. It has its full size from the start and never grows: each step of growing
 * makes V8 collect garbage, which takes ten times as long as parsing, and pages that nothing was written to cost nothing.
 */
export interface MemoryLayout {
  readonly pages: number;
  /** Bytes at the end that are for one evaluation. */
  readonly evaluationBytes: number;
}

/** Everything that is needed to make another instance of the same policies. */
export interface Program {
  readonly module: WasmModule;
  /** JSON text of the base documents as UTF-8. */
  readonly data: ArrayBuffer;
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
  readonly patterns: PatternCache;
  readonly heapStart: Address;
  readonly entrypoints: ReadonlyMap<string, number>;
  /** Where the documents of a request must end and the memory of an evaluation begins. */
  readonly evaluationStart: Address;
}

/**
 * Makes an instance in a memory of its own or in that of one that is no longer used; whatever that holds, since OPA's
 * modules write every variable of theirs when they start. Throws WASM_INVALID or BUILTIN_MISSING, or what WebAssembly
 * throws.
 */
export function instantiate(program: Program, used?: WasmMemory): PolicyInstance {
  const { pages, evaluationBytes } = program.layout;
  const memory = used ?? new wasm.Memory({ initial: pages, maximum: pages });
  const host: Host = { memory };
  const instance = new wasm.Instance(program.module, importsOf(host));
  const abi = readAbi(instance);
  const version = readAbiVersion(instance);
  if (abi === undefined || version.major !== 1 || typeof version.minor !== "number" || version.minor < 2) {
    throw invalidModule(
      program.file,
      `its ABI is ${String(version.major)}.${String(version.minor)}, not 1.2 or later`,
    );
  }
  const pointers = builtinCache(program.module, abi, new Uint8Array(memory.buffer));
  host.abi = abi;
  host.builtins = resolveBuiltins(readText(memory, abi.opa_value_dump(abi.builtins())), program.file);
  const policy = new LoadedPolicy(instance, memory, version.minor);
  policy.setData(program.data);
  abi.opa_heap_ptr_set(policy.dataHeapPtr);
  const context = abi.opa_eval_ctx_new();
  abi.opa_eval_ctx_set_data(context, policy.dataAddr);
  const start = unsigned(abi.opa_heap_ptr_get());
  return {
    abi,
    memory,
    bytes: new Uint8Array(memory.buffer),
    host,
    context,
    patterns: new PatternCache(abi, memory.buffer, { pointers, start }),
    heapStart: start + PATTERN_BYTES,
    entrypoints: new Map(Object.entries(policy.entrypoints)),
    evaluationStart: memory.buffer.byteLength - evaluationBytes,
  };
}

/** A missing builtin is refused here and not when a policy first reaches the call. */
function resolveBuiltins(dump: string, file: string): ReadonlyMap<number, Builtin> {
  const table = parseValue(dump);
  if (!(table instanceof RegoObject)) throw invalidModule(file, "its list of builtins cannot be read");
  return new Map(
    table.entries.map(([name, id]) => {
      const builtin = typeof name === "string" ? BUILTINS.get(name) : undefined;
      if (builtin === undefined || !(id instanceof RegoNumber))
        throw missingBuiltin(file, JSON.stringify(name));
      return [Number(id.text), builtin];
    }),
  );
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
