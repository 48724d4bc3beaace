import type { WasmReader } from "./wasm-reader.ts";

/** Kinds of imports (WebAssembly core specification, 5.5.5). */
const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
const GLOBAL = 3;

/** What a module imports; `pages` is the least that its memory may have. */
export type WasmImport =
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "memory"; readonly pages: number }
  | { readonly kind: "other" };

const decoder = new TextDecoder();

/** Reads the content of an import section, in order. Throws RangeError if it cannot be read. */
export function readImports(reader: WasmReader): readonly WasmImport[] {
  return reader.list(() => {
    reader.bytes();
    const name = decoder.decode(reader.bytes());
    return readImport(reader, name);
  });
}

function readImport(reader: WasmReader, name: string): WasmImport {
  const kind = reader.byte();
  if (kind === MEMORY) return { kind: "memory", pages: readLimits(reader) };
  if (kind === FUNCTION) {
    reader.unsigned();
    return { kind: "function", name };
  }
  if (kind === GLOBAL) reader.skip(2);
  else if (kind === TABLE) {
    reader.skip(1);
    readLimits(reader);
  } else throw new RangeError(`Unknown kind ${kind} of import.`);
  return { kind: "other" };
}

/** A minimum and, if flagged, a maximum; gives the minimum. */
function readLimits(reader: WasmReader): number {
  const hasMaximum = (reader.byte() & 1) === 1;
  const minimum = reader.unsigned();
  if (hasMaximum) reader.unsigned();
  return minimum;
}
