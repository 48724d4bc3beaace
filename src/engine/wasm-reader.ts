/** Reads the binary format of WebAssembly (core specification, 5). Throws RangeError if the bytes end too early. */
export class WasmReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
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

  /** The bytes that follow their number. */
  bytes(): Uint8Array {
    const length = this.unsigned();
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new RangeError("The module ends too early.");
    this.#at += length;
    return bytes;
  }

  /** As many of something as a number before them says. */
  list<T>(read: () => T): readonly T[] {
    return Array.from({ length: this.unsigned() }, read);
  }
}
