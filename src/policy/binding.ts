import { z } from "zod";
import { resolveResource } from "./resource.ts";
import { ENFORCEMENTS, FAILURE_POLICIES, OPERATIONS } from "./rule.ts";

export const API_VERSION = "policy.portcullis.dev/v1alpha1";

const Name = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
    "must be a DNS subdomain: lower case letters, digits, '-' and '.'",
  );

const Metadata = z.strictObject({
  name: Name,
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** A name in which `*` stands for any characters. */
const Glob = z
  .string()
  .min(1)
  .regex(/^[a-z0-9*.-]+$/, "must be a name, in which * may stand for any characters");

/** `In` and `NotIn` need values, `Exists` and `DoesNotExist` must not have any (k8s.io/apimachinery, labels.Requirement). */
const LabelExpression = z
  .strictObject({
    key: z.string().min(1),
    operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
    values: z.array(z.string()).default([]),
  })
  .refine(({ operator, values }) => operator.endsWith("In") === values.length > 0, {
    error: "In and NotIn need `values`, Exists and DoesNotExist must not have any",
    path: ["values"],
  });

/** `metav1.LabelSelector`. Empty selects everything. */
export const LabelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z.array(LabelExpression).default([]),
});
export type LabelSelector = z.infer<typeof LabelSelector>;

/** A resource or a built-in kind, as in METADATA; a name that could never match anything is refused. */
const Resource = z.string().transform((name, context) => {
  const resolved = resolveResource(name);
  if ("names" in resolved) return resolved.names;
  context.addIssue({ code: "custom", message: resolved.problem.replace(/\.$/, "") });
  return z.NEVER;
});

/** A user or a group: names are compared exactly, so a `*` would never match anything. */
const Subject = z
  .string()
  .min(1)
  .refine((name) => !name.includes("*"), "names are compared exactly; * is no pattern here");

/** Narrows what the policies' METADATA match: a request must fit both. What is absent does not narrow. */
export const BindingMatch = z.strictObject({
  resources: z
    .array(Resource)
    .min(1)
    .transform((names) => names.flat())
    .optional(),
  operations: z.array(z.enum(OPERATIONS)).min(1).optional(),
  namespaces: z.array(Glob).min(1).optional(),
  excludedNamespaces: z.array(Glob).default([]),
  namespaceSelector: LabelSelector.optional(),
  objectSelector: LabelSelector.optional(),
  users: z.array(Subject).min(1).optional(),
  groups: z.array(Subject).min(1).optional(),
});
export type BindingMatch = z.infer<typeof BindingMatch>;

/** Which policies apply where, with which parameters and which enforcement. */
export const PolicyBinding = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("PolicyBinding"),
  metadata: Metadata,
  spec: z.strictObject({
    /** Policy ids; `*` stands for any characters, as in `pod-security/*`. */
    policies: z.array(z.string().min(1)).min(1),
    match: BindingMatch.default({ excludedNamespaces: [] }),
    /** Replaces the policy's default parameters key by key; must fit the policy's JSON Schema. */
    parameters: z.record(z.string(), z.unknown()).default({}),
    /** Default: what the policy's METADATA says. */
    enforcement: z.enum(ENFORCEMENTS).optional(),
    /** Default: `Fail` under enforcement `deny`, else `Ignore`; for `patch` rules always `Ignore`. */
    failurePolicy: z.enum(FAILURE_POLICIES).optional(),
  }),
});
export type PolicyBinding = z.infer<typeof PolicyBinding>;

/** What Portcullis does not look at, whichever policy matches. At most one such object is loaded. */
export const Exclusions = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Exclusions"),
  metadata: Metadata,
  spec: z.strictObject({
    namespaces: z.array(Glob).default([]),
    /** User names, compared exactly. */
    users: z.array(Subject).default([]),
    /** A namespace with this label, whatever its value, is excluded. Who may set it is guarded (DESIGN section 4). */
    namespaceLabel: z.string().min(1).default("policy.portcullis.dev/exempt"),
  }),
});
export type Exclusions = z.infer<typeof Exclusions>;

/** Without an `Exclusions` object: the namespaces that the control plane itself lives in. */
export const DEFAULT_EXCLUSIONS: Exclusions["spec"] = {
  namespaces: ["kube-system", "kube-public", "kube-node-lease"],
  users: [],
  namespaceLabel: "policy.portcullis.dev/exempt",
};
