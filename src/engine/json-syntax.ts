const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [MINUS, PLUS, POINT, ZERO, NINE] = [0x2d, 0x2b, 0x2e, 0x30, 0x39];
/** The letter u after a backslash, and the bit by which small letters differ from capital ones. */
const [UNICODE, SMALL] = [0x75, 0x20];
const [LETTER_A, LETTER_E, LETTER_F] = [0x61, 0x65, 0x66];
/** What may follow a backslash, beside u. */
const ESCAPES: ReadonlySet<number | undefined> = new Set(new TextEncoder().encode('"\\/bfnrt'));
/** Beginnings of `true`, `false` and `null`. */
const WORDS = new Map(["true", "false", "null"].map((word) => [word.charCodeAt(0), asBytes(word)]));

/** Lists and objects within each other. OPA's parser calls itself for each and comes to its end long before. */
const MOST_DEPTH = 100_000;
/** Bytes that are decoded at a time, so that no text of the whole is made. */
const PIECE = 65_536;

/**
 * Whether bytes are a JSON text in UTF-8 (RFC 8259), without a byte order mark. Goes through them once and keeps
 * nothing: `JSON.parse` takes four times as long for 50 MB, and several times their room from a thread.
 * Throws SyntaxError.
 */
export function checkJson(json: Uint8Array): void {
  checkEncoding(json);
  new JsonText(json).check();
}

function checkEncoding(bytes: Uint8Array): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let at = 0; at < bytes.length; at += PIECE)
      decoder.decode(bytes.subarray(at, at + PIECE), { stream: true });
    decoder.decode();
  } catch {
    throw new SyntaxError("it is no UTF-8");
  }
}

class JsonText {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  check(): void {
    /** What closes the lists and objects that are open. */
    const open: number[] = [];
    for (;;) {
      const close = this.#value();
      if (close !== undefined) {
        if (open.length === MOST_DEPTH) throw this.#wrong();
        open.push(close);
      } else if (this.#ended(open)) return;
    }
  }

  /** Passes a value; of a list or an object only what comes before its first item, and gives what closes it. */
  #value(): number | undefined {
    const byte = this.#next();
    if (byte === OPEN_OBJECT) return this.#opened(CLOSE_OBJECT);
    if (byte === OPEN_LIST) return this.#opened(CLOSE_LIST);
    if (byte === QUOTE) this.#string();
    else if (byte === MINUS || isDigit(byte)) this.#number();
    else this.#word(WORDS.get(byte ?? 0));
    return undefined;
  }

  #opened(close: number): number | undefined {
    this.#at += 1;
    if (this.#next() === close) {
      this.#at += 1;
      return undefined;
    }
    if (close === CLOSE_OBJECT) this.#key();
    return close;
  }

  /** After a value: passes what closes what is open, up to where another value must stand; true at the end of the text. */
  #ended(open: number[]): boolean {
    for (;;) {
      const close = open.at(-1);
      const byte = this.#next();
      if (close === undefined) {
        if (byte !== undefined) throw this.#wrong();
        return true;
      }
      if (byte !== COMMA && byte !== close) throw this.#wrong();
      this.#at += 1;
      if (byte === close) open.pop();
      else {
        if (close === CLOSE_OBJECT) this.#key();
        return false;
      }
    }
  }

  #key(): void {
    if (this.#next() !== QUOTE) throw this.#wrong();
    this.#string();
    if (this.#next() !== COLON) throw this.#wrong();
    this.#at += 1;
  }

  #string(): void {
    const bytes = this.#bytes;
    for (let at = this.#at + 1; ; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#at = at + 1;
        return;
      }
      if (byte === BACKSLASH) at = this.#escape(at + 1);
      else if (byte === undefined || byte < SMALL) throw this.#wrong(at);
    }
  }

  /** Gives the place of its last byte. */
  #escape(at: number): number {
    const byte = this.#bytes[at];
    if (byte !== UNICODE) {
      if (!ESCAPES.has(byte)) throw this.#wrong(at);
      return at;
    }
    for (let digit = at + 1; digit <= at + 4; digit += 1)
      if (!isHexadecimal(this.#bytes[digit])) throw this.#wrong(digit);
    return at + 4;
  }

  #number(): void {
    if (this.#bytes[this.#at] === MINUS) this.#at += 1;
    if (this.#bytes[this.#at] === ZERO) this.#at += 1;
    else this.#digits();
    if (this.#bytes[this.#at] === POINT) {
      this.#at += 1;
      this.#digits();
    }
    if (((this.#bytes[this.#at] ?? 0) | SMALL) !== LETTER_E) return;
    this.#at += 1;
    const sign = this.#bytes[this.#at];
    if (sign === PLUS || sign === MINUS) this.#at += 1;
    this.#digits();
  }

  /** At least one. */
  #digits(): void {
    if (!isDigit(this.#bytes[this.#at])) throw this.#wrong();
    while (isDigit(this.#bytes[this.#at])) this.#at += 1;
  }

  #word(word: Uint8Array | undefined): void {
    if (word === undefined) throw this.#wrong();
    for (const byte of word) {
      if (this.#bytes[this.#at] !== byte) throw this.#wrong();
      this.#at += 1;
    }
  }

  /** The next byte that is no white space. */
  #next(): number | undefined {
    const bytes = this.#bytes;
    let at = this.#at;
    while (isSpace(bytes[at])) at += 1;
    this.#at = at;
    return bytes[at];
  }

  #wrong(at = this.#at): SyntaxError {
    const what =
      at < this.#bytes.length ? `what stands at byte ${at} cannot stand there` : "it ends too early";
    return new SyntaxError(what);
  }
}

function asBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHexadecimal(byte: number | undefined): boolean {
  if (byte === undefined || isDigit(byte)) return byte !== undefined;
  const letter = byte | SMALL;
  return letter >= LETTER_A && letter <= LETTER_F;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
