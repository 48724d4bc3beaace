import type { PortcullisError } from "../../error.ts";

/**
 * What a policy's `patch` rule came to under one binding; also the label values of `portcullis_mutations_total{result}`.
 * `held`: the patches would touch a pod template, or the spec of a Pod, which the request leaves alone.
 * `audited`: under enforcement `audit` they would have changed the object.
 */
export const MUTATIONS = ["patched", "unchanged", "held", "audited", "error"] as const;

/** One `patch` rule under one binding. */
export type Mutation = {
  readonly policy: string;
  /** The binding's name; undefined if the policy applies with its METADATA. */
  readonly binding: string | undefined;
  /** Time spent in WebAssembly over all rounds, in seconds. */
  readonly seconds: number;
} & (
  | { readonly kind: Exclude<(typeof MUTATIONS)[number], "error"> }
  | { readonly kind: "error"; readonly error: PortcullisError; readonly blocks: boolean }
);
