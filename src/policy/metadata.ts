import { z } from "zod";
import { ENFORCEMENTS, INPUT_CONTRACTS, OPERATIONS, SEVERITIES, UPDATES } from "./rule.ts";

/**
 * A resource as Kubernetes names it: `pods`, `deployments.apps`, `pods/ephemeralcontainers`, `widgets.example.com`;
 * `*` stands for every resource, `*.apps` for every one of a group.
 */
export const ResourceName = z
  .string()
  .regex(
    /^(\*|[a-z][a-z0-9-]*)(\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?)?(\/[a-z]+)?$/,
    "must be a resource such as pods, deployments.apps or pods/ephemeralcontainers",
  );

/** What a policy understands: a request matches if its resource and its operation are both listed. */
export const PolicyMatch = z.strictObject({
  resources: z.array(ResourceName).min(1),
  operations: z.array(z.enum(OPERATIONS)).min(1).default(["CREATE", "UPDATE"]),
});
export type PolicyMatch = z.infer<typeof PolicyMatch>;

/** `custom` of a policy's METADATA as its author writes it; kinds in `match` are still names such as `Deployment.apps`. */
export const CustomMetadata = z.strictObject({
  severity: z.enum(SEVERITIES).default("medium"),
  category: z.string().min(1).optional(),
  enforcement: z.enum(ENFORCEMENTS).default("deny"),
  updates: z.enum(UPDATES).optional(),
  match: z
    .strictObject({
      resources: z.array(z.string().min(1)).min(1),
      operations: z.array(z.enum(OPERATIONS)).min(1).optional(),
    })
    .optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  remediation: z.string().min(1).optional(),
  input: z.enum(INPUT_CONTRACTS).optional(),
});
export type CustomMetadata = z.infer<typeof CustomMetadata>;

/** Everything a policy says of itself, as the bundle's manifest carries it: defaults filled in, kinds resolved. */
export const PolicyMetadata = z.strictObject({
  title: z.string().min(1),
  description: z.string().default(""),
  relatedResources: z
    .array(z.strictObject({ ref: z.string(), description: z.string().optional() }))
    .default([]),
  severity: z.enum(SEVERITIES),
  category: z.string().optional(),
  enforcement: z.enum(ENFORCEMENTS),
  /** As it was before there was this setting, where a bundle is older. */
  updates: z.enum(UPDATES).default("all-violations"),
  /** Absent if it could not be told what the policy tests: then only a binding can say which resources it is for. */
  match: PolicyMatch.optional(),
  /** A JSON Schema of `input.parameters`, with defaults. */
  parameters: z.record(z.string(), z.unknown()).optional(),
  remediation: z.string().optional(),
});
export type PolicyMetadata = z.infer<typeof PolicyMetadata>;
