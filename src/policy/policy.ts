import { z } from "zod";
import { PolicyMetadata } from "./metadata.ts";
import { INPUT_CONTRACTS, RULES } from "./rule.ts";

/** One policy as the bundle's manifest lists it. */
export const Policy = z.strictObject({
  /** `<pack>/<name>`, e.g. `pod-security/run-as-non-root`. */
  id: z.string().regex(/^[^/\s]+\/[^/\s]+$/),
  /** The Rego package without `data.`, e.g. `pod_security.run_as_non_root`. */
  package: z.string().min(1),
  /** The file of the package that carries its METADATA, relative to the policy root. */
  file: z.string().min(1),
  /** WASM entrypoint of each rule that the policy defines, e.g. `{ deny: "pod_security/privileged/deny" }`. */
  entrypoints: z.partialRecord(z.enum(RULES), z.string().min(1)),
  contract: z.enum(INPUT_CONTRACTS),
  metadata: PolicyMetadata,
});
export type Policy = z.infer<typeof Policy>;
