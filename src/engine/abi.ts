import type { WasmInstance, WasmMemory } from "./web-assembly.ts";

/** An address in a module's memory; 0 is null and, as a builtin's result, undefined. */
export type Address = number;

/** UTF-8 in a module's memory; `length` in bytes. */
export interface Text {
  readonly address: Address;
  readonly length: number;
}

/** The functions that OPA's modules export and the engine calls (OPA's documentation, "WebAssembly", ABI 1.3). */
const EXPORTS = [
  "builtins",
  "eval",
  "opa_eval_ctx_get_result",
  "opa_eval_ctx_new",
  "opa_eval_ctx_set_data",
  "opa_eval_ctx_set_entrypoint",
  "opa_eval_ctx_set_input",
  "opa_free",
  "opa_heap_blocks_restore",
  "opa_heap_blocks_stash",
  "opa_heap_ptr_get",
  "opa_heap_ptr_set",
  "opa_heap_stash_clear",
  "opa_json_dump",
  "opa_json_parse",
  "opa_malloc",
  "opa_value_add_path",
  "opa_value_dump",
  "opa_value_free",
  "opa_value_parse",
  "opa_value_remove_path",
] as const;

/** All parameters and results are 32-bit integers. */
export type Abi = Readonly<Record<(typeof EXPORTS)[number], (...args: readonly number[]) => number>>;

/** The version of the ABI that a module says it has. */
export interface AbiVersion {
  readonly major: unknown;
  readonly minor: unknown;
}

/** The functions of an instance; undefined if it lacks one and so was not made by OPA. */
export function readAbi(instance: WasmInstance): Abi | undefined {
  const isComplete = EXPORTS.every((name) => typeof instance.exports[name] === "function");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: functions of WebAssembly carry no types
  return isComplete ? (instance.exports as unknown as Abi) : undefined;
}

export function readAbiVersion(instance: WasmInstance): AbiVersion {
  return {
    major: globalValue(instance.exports["opa_wasm_abi_version"]),
    minor: globalValue(instance.exports["opa_wasm_abi_minor_version"]),
  };
}

function globalValue(found: unknown): unknown {
  return typeof found === "object" && found !== null && "value" in found ? found.value : undefined;
}

const encoder = new TextEncoder();
// OPA's strings may begin with a byte order mark, which is data.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Text of at most so many UTF-16 units is encoded in place: up to here a copy costs more than the room. */
const SHORT_TEXT = 16_384;

/** Writes text as UTF-8 into memory that it allocates. */
export function writeText(abi: Abi, memory: WasmMemory, text: string): Text {
  if (text.length <= SHORT_TEXT) {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    const room = text.length * 3;
    const address = unsigned(abi.opa_malloc(room));
    const { written } = encoder.encodeInto(text, new Uint8Array(memory.buffer, address, room));
    return { address, length: written };
  }
  const bytes = encoder.encode(text);
  const address = unsigned(abi.opa_malloc(bytes.length));
  new Uint8Array(memory.buffer).set(bytes, address);
  return { address, length: bytes.length };
}

/** Writes text as UTF-8 where nothing is and three bytes for each of its UTF-16 units have room. */
export function writeTextAt(bytes: Uint8Array, address: Address, text: string): Text {
  const { written } = encoder.encodeInto(text, bytes.subarray(address));
  return { address, length: written };
}

/** Reads UTF-8 up to the terminating zero; what is no UTF-8 becomes U+FFFD. */
export function readText(memory: WasmMemory, address: Address): string {
  return decoder.decode(terminated(memory, address));
}

/** The same, but throws TypeError if the bytes are no UTF-8. */
export function readExactText(memory: WasmMemory, address: Address): string {
  return strictDecoder.decode(terminated(memory, address));
}

/** Whether the bytes of `text`, which must be ASCII, lie at an address. */
export function hasTextAt(bytes: Uint8Array, address: Address, text: string): boolean {
  const start = unsigned(address);
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

function terminated(memory: WasmMemory, address: Address): Uint8Array {
  const bytes = new Uint8Array(memory.buffer);
  const start = unsigned(address);
  return bytes.subarray(start, bytes.indexOf(0, start));
}

/** WebAssembly gives addresses from 2 GiB on as negative numbers. */
export function unsigned(address: Address): Address {
  return address >>> 0;
}
