import type { PolicyInstance } from "./instance.ts";
import type { WasmMemory } from "./web-assembly.ts";

/** Makes an instance; in the memory of one that is no longer used, if it is given. */
export type Instantiate = (used: WasmMemory | undefined) => PolicyInstance;

/**
 * Holds at most one instance and its memory. Both are made when they are first needed; what was dropped is replaced when
 * it is next needed.
 */
export class InstanceSlot {
  readonly #instantiate: Instantiate;
  #instance: PolicyInstance | undefined;
  #memory: WasmMemory | undefined;

  constructor(instantiate: Instantiate) {
    this.#instantiate = instantiate;
  }

  instance(): PolicyInstance {
    this.#instance ??= this.#instantiate(this.#memory);
    this.#memory = this.#instance.memory;
    return this.#instance;
  }

  /** To be called after a throw. The memory is kept for the next instance: a new one would cost more than the rest. */
  dropInstance(): void {
    this.#instance = undefined;
  }

  /**
   * Replaces the memory, if there is one, since that of WebAssembly cannot shrink. The old one is given back when V8
   * collects garbage, which it does because of the new one; otherwise hours might pass.
   */
  renewMemory(): void {
    if (this.#memory === undefined) return;
    this.#instance = undefined;
    this.#memory = undefined;
    try {
      this.instance();
    } catch {
      // There is no room for a new one. Whoever needs it tries again and gets the error.
    }
  }
}
