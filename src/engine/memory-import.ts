import { readImports } from "./wasm-imports.ts";
import { WasmReader } from "./wasm-reader.ts";

const MAGIC_AND_VERSION = 8;
const IMPORT_SECTION = 2;

/**
 * The number of pages that a module wants its imported memory to have at least, read from its import section; it grows
 * with the policies' strings, and instantiation fails with less. Undefined if the module imports no memory.
 * Throws RangeError if the bytes end too early, which no module that compiled does.
 */
export function importedMemoryPages(wasm: Uint8Array): number | undefined {
  const reader = new WasmReader(wasm, MAGIC_AND_VERSION);
  while (!reader.isAtEnd()) {
    const section = reader.byte();
    const content = reader.bytes();
    if (section !== IMPORT_SECTION) continue;
    return readImports(new WasmReader(content)).find((entry) => entry.kind === "memory")?.pages;
  }
  return undefined;
}
