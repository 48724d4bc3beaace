import type { Builtins } from "./builtin.ts";

/** v1/topdown/trace.go: a note for OPA's own tracer, which there is none of here. */
export const TRACE: Builtins = { trace: ([note]) => (typeof note === "string" ? true : undefined) };
