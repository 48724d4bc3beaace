import type { Builtins } from "./builtin.ts";

/** v1/topdown/glob.go, without what is native in WebAssembly. */
export const GLOB: Builtins = {
  "glob.quote_meta": ([pattern]) =>
    typeof pattern === "string" ? pattern.replaceAll(/[*?\\[\]{}]/g, "\\$&") : undefined,
};
