/**
 * Rego in WebAssembly: all that is used of the engine outside of this folder. `loadEngine` loads what
 * `opa build -t wasm` compiled, `open` begins a request, `evaluate` evaluates an entrypoint (docs/engine.md).
 */
export type {
  BuiltinError,
  Engine,
  EvaluationCall,
  EvaluationNotes,
  EvaluationResult,
  EvaluationSession,
  InputDocument,
  LoadedEngine,
} from "./engine.ts";
export { loadEngine } from "./load.ts";
export { RegoNumber, RegoObject, RegoSet, type RegoValue } from "./value.ts";
export { compare, sortDistinct } from "./compare.ts";
export { compareNumbers } from "./decimal.ts";
export { valueToRego } from "./format.ts";
export { parseValue } from "./parse.ts";
export { capabilities, ERASED_BUILTINS, LEFT_OUT, NATIVE_BUILTINS } from "./builtins/capabilities.ts";
export { BUILTINS } from "./builtins/registry.ts";
export { wasm } from "./web-assembly.ts";
