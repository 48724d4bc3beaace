import { type Abi, type Address, unsigned } from "./abi.ts";
import { CACHES } from "./builtin-cache.ts";

/** Bytes of memory for the compiled patterns of all entrypoints. */
export const PATTERN_BYTES = 2 ** 20;
/** Bytes that one evaluation may leave behind: more would take longer to put back than to compile. */
const EVALUATION_BYTES = 2 ** 17;
/** Evaluations kept for one entrypoint: one that gets its patterns from objects would never have seen them all. */
const MAX_EVALUATIONS = 4;
/** Words of a C++ hash table itself; they change when something is put into it. */
const TABLE_WORDS = 5;
const WORD_BYTES = 4;

/** A piece of memory as it was. */
interface Image {
  readonly start: Address;
  readonly bytes: Uint8Array;
}

/** The memory in which the patterns of one entrypoint lie, and the pointers to it. */
interface Kept {
  readonly images: readonly Image[];
  readonly pointers: Uint32Array;
  readonly tables: readonly Image[];
}

/** Where things are in an instance's memory. */
interface Places {
  /** The pointers to what builtins have compiled; undefined if they were not found, and nothing can be kept. */
  readonly pointers: Address | undefined;
  /** PATTERN_BYTES from here on are free. */
  readonly start: Address;
}

/**
 * Keeps the regular expressions that rules compile, which takes longer than most rules do and which OPA's
 * runtime forgets whenever the heap is reset. A rule that compiles some is evaluated once more with its heap where
 * nothing else is written. From then on that memory is put back as it was before the rule is evaluated: matching adds to
 * what was compiled, and what it adds does not last.
 */
export class PatternCache {
  readonly #abi: Abi;
  readonly #bytes: Uint8Array;
  readonly #pointers: Uint32Array | undefined;
  readonly #limit: Address;
  readonly #kept = new Map<number, Kept>();
  #end: Address;

  /** `memory` must be the last buffer of the instance's memory. */
  constructor(abi: Abi, memory: ArrayBuffer, { pointers, start }: Places) {
    this.#abi = abi;
    this.#bytes = new Uint8Array(memory);
    this.#pointers = pointers === undefined ? undefined : new Uint32Array(memory, pointers, CACHES);
    this.#end = start;
    this.#limit = start + PATTERN_BYTES;
  }

  /** To be called before an evaluation, after the heap was reset. */
  restore(entrypoint: number): void {
    const kept = this.#kept.get(entrypoint);
    if (kept === undefined) return;
    for (const { start, bytes } of kept.images) this.#bytes.set(bytes, start);
    this.#pointers?.set(kept.pointers);
  }

  /** Whether the evaluation that has just ended compiled anything that is worth keeping. `used`: its bytes of heap. */
  isWorthKeeping(entrypoint: number, used: number): boolean {
    const pointers = this.#pointers;
    if (pointers === undefined || pointers.every((pointer) => pointer === 0)) return false;
    const kept = this.#kept.get(entrypoint);
    if (used > Math.min(EVALUATION_BYTES, this.#limit - this.#end)) return false;
    if (kept === undefined) return true;
    if (kept.images.length >= MAX_EVALUATIONS) return false;
    return (
      kept.pointers.some((pointer, index) => pointer !== pointers[index]) ||
      kept.tables.some(({ start, bytes }) => bytes.some((byte, at) => byte !== this.#bytes[start + at]))
    );
  }

  /**
   * Keeps what an evaluation compiles: `evaluate` is the one that has just ended, once more. Throws what it throws; the
   * instance is then of no use any more.
   */
  keep(entrypoint: number, evaluate: () => void): void {
    const start = this.#end;
    this.#abi.opa_heap_ptr_set(start);
    this.restore(entrypoint);
    evaluate();
    const end = unsigned(this.#abi.opa_heap_ptr_get());
    if (end > this.#limit) throw new RangeError("An evaluation took more memory than the same one before.");
    this.#end = end;
    const earlier = this.#kept.get(entrypoint)?.images ?? [];
    const pointers = new Uint32Array(this.#pointers ?? []);
    this.#kept.set(entrypoint, {
      images: [
        ...earlier.map((image) => this.#image(image.start, image.bytes.length)),
        this.#image(start, end - start),
      ],
      pointers,
      tables: [...pointers]
        .filter((table) => table !== 0)
        .map((table) => this.#image(table, TABLE_WORDS * WORD_BYTES)),
    });
  }

  #image(start: Address, length: number): Image {
    return { start, bytes: this.#at(start, length).slice() };
  }

  #at(start: Address, length: number): Uint8Array {
    return this.#bytes.subarray(start, start + length);
  }
}
