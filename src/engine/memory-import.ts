const MAGIC_AND_VERSION = 8;
const IMPORT_SECTION = 2;

/** Kinds of imports (WebAssembly core specification, 5.5.5). */
const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
const GLOBAL = 3;

/**
 * The number of pages that a module wants its imported memory to have at least, read from its import section; it grows
 * with the policies' strings, and instantiation fails with less. Undefined if the module imports no memory.
 * Throws RangeError if the bytes end too early, which no module that compiled does.
 */
export function importedMemoryPages(wasm: Uint8Array): number | undefined {
  const reader = new Reader(wasm, MAGIC_AND_VERSION);
  while (!reader.isAtEnd()) {
    const section = reader.byte();
    const size = reader.unsigned();
    if (section === IMPORT_SECTION) return readImports(reader);
    reader.skip(size);
  }
  return undefined;
}

function readImports(reader: Reader): number | undefined {
  const count = reader.unsigned();
  for (let index = 0; index < count; index += 1) {
    reader.skip(reader.unsigned());
    reader.skip(reader.unsigned());
    const kind = reader.byte();
    if (kind === MEMORY) return reader.limits();
    if (kind === FUNCTION) reader.unsigned();
    else if (kind === GLOBAL) reader.skip(2);
    else if (kind === TABLE) {
      reader.skip(1);
      reader.limits();
    } else throw new RangeError(`Unknown kind ${kind} of import.`);
  }
  return undefined;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError("The module ends too early.");
    this.#at += 1;
    return byte;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** LEB128. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
  }

  /** A minimum and, if flagged, a maximum; gives the minimum. */
  limits(): number {
    const hasMaximum = (this.byte() & 1) === 1;
    const minimum = this.unsigned();
    if (hasMaximum) this.unsigned();
    return minimum;
  }
}
