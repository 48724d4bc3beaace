import { readFileSync } from "node:fs";
import { z } from "zod";

/** Why a case is none of ours: it needs the network, or another host than this one, or OPA's own runtime fails. */
export const CLASSES = ["io", "host-specific", "upstream-wasm-bug"] as const;

/** One rule, `answer`, and what OPA and its WebAssembly runtime make of it: a value in Rego, `undefined` or `error`. */
const Reproduction = z.strictObject({
  rego: z.string(),
  data: z.record(z.string(), z.unknown()).default({}),
  opa: z.string(),
  wasm: z.string(),
});

const Exclusion = z
  .strictObject({
    class: z.enum(CLASSES),
    reason: z.string(),
    /** Every case that needs one of them. */
    builtins: z.array(z.string()).default([]),
    /** Ids of cases. */
    cases: z.array(z.string()).default([]),
    reproduction: Reproduction.optional(),
  })
  .refine(
    (exclusion) => (exclusion.class === "upstream-wasm-bug") === (exclusion.reproduction !== undefined),
    {
      error: "an upstream-wasm-bug has a reproduction, and nothing else has",
    },
  );
export type Exclusion = z.infer<typeof Exclusion>;
export type Reproduction = z.infer<typeof Reproduction>;

const FILE = new URL("./exclusions.json", import.meta.url);

/** The committed list of what does not count as a failure. */
export function readExclusions(): readonly Exclusion[] {
  return z.array(Exclusion).parse(JSON.parse(readFileSync(FILE, "utf8")));
}
