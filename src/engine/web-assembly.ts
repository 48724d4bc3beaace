/**
 * The part of JavaScript's WebAssembly API that the engine uses. TypeScript declares it only in its library for
 * browsers, whose other globals (`document`, `fetch`) must not be at hand here.
 */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Instance: new (module: WasmModule, imports: { readonly env: object }) => WasmInstance;
}

/** A compiled module; opaque. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

export interface WasmMemory {
  /** Replaced whenever the memory grows, which an instance's does not once it is made (`MemoryLayout`). */
  readonly buffer: ArrayBuffer;
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: the global exists in every supported Node
export const wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

export const PAGE_BYTES = 65_536;

/** The greatest number of pages that 32-bit addresses can name. */
export const MAX_PAGES = 65_536;
