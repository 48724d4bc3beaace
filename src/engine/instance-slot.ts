import type { DataPlace, DataSource } from "./base-documents.ts";
import type { PolicyInstance } from "./instance.ts";
import type { WasmMemory } from "./web-assembly.ts";

/** Makes an instance with these data; in the memory of one that is no longer used, if it is given. */
export type Instantiate = (source: DataSource, used: WasmMemory | undefined) => PolicyInstance;

/**
 * Holds at most one instance and its memory. Both are made when they are first needed; what was dropped is replaced when
 * it is next needed.
 */
export class InstanceSlot {
  readonly #instantiate: Instantiate;
  readonly #source: () => DataSource;
  /** Where the data lie in the memory of an instance that was dropped. */
  #kept: DataPlace | undefined;
  #instance: PolicyInstance | undefined;
  #memory: WasmMemory | undefined;

  /** `source` is asked for the data of an instance whose memory holds none. */
  constructor(instantiate: Instantiate, source: () => DataSource) {
    this.#instantiate = instantiate;
    this.#source = source;
  }

  instance(): PolicyInstance {
    this.#instance ??= this.#instantiate(
      this.#kept === undefined ? this.#source() : { kind: "kept", place: this.#kept },
      this.#memory,
    );
    this.#memory = this.#instance.memory;
    return this.#instance;
  }

  /** The data in its memory, for another one. */
  copy(): DataSource {
    const place = this.#instance?.documents.place ?? this.#kept ?? this.instance().documents.place;
    const { buffer } = this.#memory ?? this.instance().memory;
    return { kind: "copied", from: new Uint8Array(buffer), place };
  }

  /**
   * To be called after a throw. The memory is kept for the next instance, and the data in it, where no evaluation writes:
   * a new one would cost more than the rest.
   */
  dropInstance(): void {
    if (this.#instance !== undefined) this.#kept = this.#instance.documents.place;
    this.#instance = undefined;
  }

  /** The data are others now: the next instance asks for them. */
  dropData(): void {
    this.#instance = undefined;
    this.#kept = undefined;
  }

  /**
   * Replaces the memory, if there is one, since that of WebAssembly cannot shrink. The old one is given back when V8
   * collects garbage, which it does because of the new one; otherwise hours might pass.
   */
  renewMemory(): void {
    if (this.#memory === undefined) return;
    this.dropData();
    this.#memory = undefined;
    try {
      this.instance();
    } catch {
      // There is no room for a new one. Whoever needs it tries again and gets the error.
    }
  }
}
