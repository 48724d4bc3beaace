import { type Abi, type Address, unsigned } from "./abi.ts";
import type { WasmModule } from "./web-assembly.ts";

/** Pointers in `builtin_cache` (OPA, wasm/src/malloc.c). */
export const CACHES = 8;
const WORD_BYTES = 4;
const FILLER = 0xff;

/** To look takes longer than to make an instance, and every instance of a module has it in the same place. */
const known = new WeakMap<WasmModule, { readonly place: Address | undefined }>();

/** What `findBuiltinCache` finds in an instance of the module, of which there may have been others. */
export function builtinCache(module: WasmModule, abi: Abi, bytes: Uint8Array): Address | undefined {
  const found = known.get(module) ?? { place: findBuiltinCache(abi, bytes) };
  known.set(module, found);
  return found.place;
}

/**
 * Finds where a module keeps the pointers to what its builtins have compiled: regular expressions and globs. No export
 * tells, but `opa_heap_ptr_set` writes zeros there, and nowhere else so many in a row. Undefined if there is no one such
 * place. To be called before anything else is: `bytes`, the module's memory, is left as it was.
 */
export function findBuiltinCache(abi: Abi, bytes: Uint8Array): Address | undefined {
  const heap = unsigned(abi.opa_heap_ptr_get());
  const variables = bytes.subarray(0, heap);
  const before = variables.slice();
  variables.fill(FILLER);
  abi.opa_heap_ptr_set(heap);
  const found = longRuns(variables);
  variables.set(before);
  return found.length === 1 ? found[0] : undefined;
}

/** Where all caches may lie: the first word of each run of zeros that is long enough. */
function longRuns(bytes: Uint8Array): readonly Address[] {
  const found: Address[] = [];
  for (let start = bytes.indexOf(0); start !== -1; start = bytes.indexOf(0, start)) {
    const address = Math.ceil(start / WORD_BYTES) * WORD_BYTES;
    while (bytes[start] === 0) start += 1;
    if (start - address >= CACHES * WORD_BYTES) found.push(address);
  }
  return found;
}
