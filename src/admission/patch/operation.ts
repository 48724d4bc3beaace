import type { RegoValue } from "../../engine/index.ts";

/**
 * One operation of the JSON Patch (RFC 6902) that leaves: no `test`, which the API server would hold against us, and no
 * `copy` or `move`, which a minimal difference does not need.
 */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: RegoValue }
  | { readonly op: "remove"; readonly path: string };
