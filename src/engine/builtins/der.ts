/** One element of DER (X.690): its tag byte, its content and itself as a whole. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly raw: Buffer;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Thrown for bytes that are not what they should be; whoever reads a document turns it into no result. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** Gives one element after the other. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next element, which must have the tag if one is given. */
  next(tag?: number): DerElement {
    const start = this.#at;
    const found = this.#byte();
    // A tag of more than one byte is used nowhere in certificates.
    if ((found & 0x1f) === 0x1f || (tag !== undefined && found !== tag)) throw new DerError("unexpected tag");
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError("truncated");
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return { tag: found, content, raw: this.#bytes.subarray(start, end) };
  }

  /** The next element if it has the tag. */
  optional(tag: number): DerElement | undefined {
    return this.#bytes[this.#at] === tag ? this.next(tag) : undefined;
  }

  /** All elements that are left. */
  rest(): readonly DerElement[] {
    const elements: DerElement[] = [];
    while (!this.isAtEnd()) elements.push(this.next());
    return elements;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new DerError("truncated");
    this.#at += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError("length");
    let length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + this.#byte();
    return length;
  }
}

/** The elements in a sequence, a set or another constructed element. */
export function inside(element: DerElement): DerReader {
  return new DerReader(element.content);
}

export function integerOf({ content }: DerElement): bigint {
  if (content.length === 0) throw new DerError("empty integer");
  return BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString("hex")}`));
}

/** The numbers of an object identifier. */
export function objectIdentifierOf({ content }: DerElement): readonly bigint[] {
  const numbers: bigint[] = [];
  let value = 0n;
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    numbers.push(value);
    value = 0n;
  }
  const [first = 0n, ...rest] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest];
}

/** The bytes of a bit string, whose last bits may be unused. */
export function bitsOf({ content }: DerElement): Buffer {
  if (content.length === 0) throw new DerError("empty bit string");
  return content.subarray(1);
}
