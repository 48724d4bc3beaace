import { type Abi, type Address, readExactText, unsigned } from "./abi.ts";
import type { WasmMemory } from "./web-assembly.ts";

/** Where base documents lie: the value and, one past all that belongs to it, the end. */
export interface DataPlace {
  readonly address: Address;
  readonly end: Address;
}

/** Where the base documents of a new instance come from. */
export type DataSource =
  /** A JSON object, validated, as UTF-8. */
  | { readonly kind: "json"; readonly json: Uint8Array }
  /** They lie in the memory already, left by another instance of the module. */
  | { readonly kind: "kept"; readonly place: DataPlace }
  /** The memory of another instance of the module: what it has at a place has the same addresses here. */
  | { readonly kind: "copied"; readonly from: Uint8Array; readonly place: DataPlace };

/** The memory that base documents have. */
interface DataRegion {
  readonly start: Address;
  readonly limit: Address;
}

/** The data do not fit into what they have of the memory. */
export class DataOverflow extends Error {
  override readonly name = "DataOverflow";
}

/** A path leads through something that is no object. */
export class PathBlocked extends Error {
  override readonly name = "PathBlocked";
}

/** Larger than any block of fixed size (OPA, wasm/src/malloc.c). */
const LARGE_BLOCK = 129;

const encoder = new TextEncoder();
const NULL = encoder.encode("null");

/**
 * The base documents in the memory of one instance; lives and goes with the instance. Between changes the blocks that
 * are free among them are stashed (ABI 1.3), since an evaluation forgets whatever is free when it sets the heap.
 *
 * Whatever throws, apart from PathBlocked, leaves the instance unusable, and the data at `place` as they were; only `set`
 * leaves nothing.
 */
export class BaseDocuments {
  readonly #abi: Abi;
  readonly #memory: WasmMemory;
  readonly #region: DataRegion;
  readonly #context: Address;
  #place: DataPlace;

  /** `context` is what entrypoints are evaluated in. Throws what `set` throws. */
  constructor(
    { abi, memory, context }: { readonly abi: Abi; readonly memory: WasmMemory; readonly context: Address },
    region: DataRegion,
    source: DataSource,
  ) {
    this.#abi = abi;
    this.#memory = memory;
    this.#region = region;
    this.#context = context;
    this.#place = source.kind === "json" ? this.#parse(source.json) : source.place;
    if (source.kind === "copied") {
      const { start } = region;
      new Uint8Array(memory.buffer).set(source.from.subarray(start, source.place.end), start);
    }
    abi.opa_heap_ptr_set(this.#place.end);
    abi.opa_eval_ctx_set_data(context, this.#place.address);
  }

  get place(): DataPlace {
    return this.#place;
  }

  /** Whether the data have outgrown their memory, and so lie where evaluations write. */
  get isTooLarge(): boolean {
    return this.#place.end > this.#region.limit;
  }

  /** Replaces everything. Throws DataOverflow if it does not fit, or whatever OPA's parser throws. */
  set(json: Uint8Array): void {
    this.#place = this.#parse(json);
    this.#abi.opa_eval_ctx_set_data(this.#context, this.#place.address);
  }

  /** Throws PathBlocked, and what WebAssembly throws. */
  setPath(path: readonly string[], json: Uint8Array): void {
    const status = this.#change(path, json, (data, keys, value) => {
      const result = this.#abi.opa_value_add_path(data, keys, value);
      if (result !== 0) this.#abi.opa_value_free(value);
      return result;
    });
    if (status !== 0) throw new PathBlocked();
  }

  /** Throws what `setPath` throws. */
  removePath(path: readonly string[]): void {
    // `opa_value_remove_path` takes the parent for an object whatever it is; `opa_value_add_path` looks.
    this.setPath(path, NULL);
    this.#change(path, NULL, (data, keys, value) => {
      this.#abi.opa_value_free(value);
      return this.#abi.opa_value_remove_path(data, keys);
    });
  }

  /** All data as JSON. Takes memory behind them. */
  dump(): Uint8Array {
    this.#abi.opa_heap_ptr_set(this.#place.end);
    const dump = this.#abi.opa_json_dump(this.#place.address);
    return encoder.encode(readExactText(this.#memory, dump));
  }

  /** The text lies at the end of the memory while it is parsed, so nothing of it is left between the data. */
  #parse(json: Uint8Array): DataPlace {
    const bytes = new Uint8Array(this.#memory.buffer);
    const text = bytes.length - json.length;
    if (text < this.#region.start) throw new DataOverflow();
    bytes.set(json, text);
    this.#abi.opa_heap_stash_clear();
    this.#abi.opa_heap_ptr_set(this.#region.start);
    const address = this.#parseAt(text, json.length);
    const end = unsigned(this.#abi.opa_heap_ptr_get());
    if (end > Math.min(text, this.#region.limit)) throw new DataOverflow();
    if (address === 0) throw new Error("OPA cannot read the data.");
    this.#stash();
    return { address, end: unsigned(this.#abi.opa_heap_ptr_get()) };
  }

  /** Where the data meet the text it is overwritten, and the parser may say anything. */
  #parseAt(text: Address, length: number): Address {
    try {
      return this.#abi.opa_json_parse(text, length);
    } catch (thrown) {
      if (unsigned(this.#abi.opa_heap_ptr_get()) > Math.min(text, this.#region.limit))
        throw new DataOverflow();
      throw thrown;
    }
  }

  #change(
    path: readonly string[],
    json: Uint8Array,
    change: (data: Address, keys: Address, value: Address) => number,
  ): number {
    const { address, end } = this.#place;
    this.#abi.opa_heap_ptr_set(end);
    this.#abi.opa_heap_blocks_restore();
    const value = this.#value(json);
    const keys = this.#value(encoder.encode(JSON.stringify(path)));
    const status = change(address, keys, value);
    this.#abi.opa_value_free(keys);
    this.#stash();
    this.#place = { address, end: unsigned(this.#abi.opa_heap_ptr_get()) };
    return status;
  }

  #value(json: Uint8Array): Address {
    const address = unsigned(this.#abi.opa_malloc(json.length));
    new Uint8Array(this.#memory.buffer).set(json, address);
    const value = this.#abi.opa_json_parse(address, json.length);
    this.#abi.opa_free(address);
    if (value === 0) throw new Error("OPA cannot read the data.");
    return value;
  }

  /**
   * Keeps the free blocks. What `opa_value_free` gives back is only put among them by the next allocation of a large
   * block, and `opa_heap_blocks_stash` forgets the rest.
   */
  #stash(): void {
    this.#abi.opa_free(this.#abi.opa_malloc(LARGE_BLOCK));
    this.#abi.opa_heap_blocks_stash();
  }
}
