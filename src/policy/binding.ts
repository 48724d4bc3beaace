import { z } from "zod";
import { resolveResource } from "./resource.ts";
import { ENFORCEMENTS, FAILURE_POLICIES, OPERATIONS, UPDATES } from "./rule.ts";

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

/** An RFC 1123 label, as the API server takes it for the name of a Namespace. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** One without `*` becomes a value in a selector of the webhooks, where the API server takes none that is no label's. */
const ExcludedNamespace = Glob.refine((glob) => glob.includes("*") || NAMESPACE.test(glob), {
  error: "must be a namespace's name: at most 63 lower case letters, digits and '-', or hold a *",
});

const VALUES_FIT_OPERATOR = "In and NotIn need `values`, Exists and DoesNotExist must not have any";

/** As labels.Requirement in k8s.io/apimachinery. JSON Schema cannot say what `refine` does, so CEL says it to the API server. */
const LabelExpression = z
  .strictObject({
    key: z.string().min(1),
    operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
    values: z.array(z.string()).default([]),
  })
  .refine(({ operator, values }) => operator.endsWith("In") === values.length > 0, {
    error: VALUES_FIT_OPERATOR,
    path: ["values"],
  })
  .meta({
    "x-kubernetes-validations": [
      {
        rule: "self.operator.endsWith('In') == (has(self.values) && size(self.values) > 0)",
        message: VALUES_FIT_OPERATOR,
      },
    ],
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
  .regex(/^[^*]*$/, "names are compared exactly; * is no pattern here");

/** Narrows what the policies' METADATA match: a request must fit both. What is absent does not narrow. */
export const BindingMatch = z.strictObject({
  resources: z
    .array(Resource)
    .min(1)
    .transform((names) => names.flat())
    .optional()
    .describe(
      "Resources such as pods, deployments.apps or pods/exec, or built-in kinds such as Deployment.apps.",
    ),
  operations: z.array(z.enum(OPERATIONS)).min(1).optional().describe("Operations on objects."),
  namespaces: z.array(Glob).min(1).optional().describe("Namespaces; * stands for any characters."),
  excludedNamespaces: z
    .array(Glob)
    .default([])
    .describe("Namespaces that do not fit; * stands for any characters."),
  namespaceSelector: LabelSelector.optional().describe(
    "Labels of the object's namespace. Cluster-scoped objects always fit; a Namespace is tested on its own labels.",
  ),
  objectSelector: LabelSelector.optional().describe(
    "Labels of the object or of the old object. Whoever writes an object chooses its labels.",
  ),
  users: z.array(Subject).min(1).optional().describe("Names of users, compared exactly."),
  groups: z.array(Subject).min(1).optional().describe("Groups, one of which the user is in."),
});
export type BindingMatch = z.infer<typeof BindingMatch>;

/** What a binding says. The descriptions are also those of the CustomResourceDefinition. */
const PolicyBindingSpec = z.strictObject({
  policies: z
    .array(z.string().min(1))
    .min(1)
    .describe("Ids of policies; * stands for any characters, as in pod-security/*."),
  match: BindingMatch.default({ excludedNamespaces: [] }).describe(
    "Narrows what the policies' METADATA match: a request must fit both. What is absent does not narrow.",
  ),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      "Replaces the policy's default parameters key by key; must fit the JSON Schema in the policy's METADATA.",
    ),
  enforcement: z
    .enum(ENFORCEMENTS)
    .optional()
    .describe(
      "deny rejects, warn admits with a warning, audit admits and records. Default: what the policy's METADATA says.",
    ),
  updates: z
    .enum(UPDATES)
    .optional()
    .describe(
      "Under enforcement deny, for UPDATE. new-violations-only: a violation that the old object had already is a warning. all-violations: it rejects, too. Default: what the policy's METADATA says, else all-violations where its rules ask for the user, the old object or the operation UPDATE.",
    ),
  failurePolicy: z
    .enum(FAILURE_POLICIES)
    .optional()
    .describe(
      "Whether a policy that could not be evaluated keeps the object out. Default: Fail under enforcement deny, else Ignore; for patch rules always Ignore.",
    ),
});

/** Which policies apply where, with which parameters and which enforcement. */
export const PolicyBinding = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("PolicyBinding"),
  metadata: Metadata,
  spec: PolicyBindingSpec,
});
export type PolicyBinding = z.infer<typeof PolicyBinding>;

/** A label key as Kubernetes takes it: a name, and before it perhaps a DNS subdomain and a slash. */
const LabelKey = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
    "must be a label key such as example.com/exempt",
  );

/**
 * Groups of administrators: the one that no role has to permit anything, and the one that kubeadm, and kind with it, gives
 * them since 1.29 (kubeadm's constants.go), so that they can free a namespace while no server answers.
 */
const ADMINISTRATORS: readonly string[] = ["system:masters", "kubeadm:cluster-admins"];

/** What Portcullis does not look at, whichever policy matches. At most one such object is loaded. */
export const Exclusions = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Exclusions"),
  metadata: Metadata,
  spec: z.strictObject({
    namespaces: z.array(ExcludedNamespace).default([]),
    /** User names, compared exactly. */
    users: z.array(Subject).default([]),
    /** A namespace with this label, whatever its value, is excluded. */
    namespaceLabel: LabelKey.default("policy.portcullis.dev/exempt"),
    /** Groups whose members may set and remove `namespaceLabel`; everybody else is denied it. */
    namespaceLabelGroups: z
      .array(Subject)
      .min(1)
      .default([...ADMINISTRATORS]),
  }),
});
export type Exclusions = z.infer<typeof Exclusions>;

/** Without an `Exclusions` object: the namespaces that the control plane itself lives in. */
export const DEFAULT_EXCLUSIONS: Exclusions["spec"] = {
  namespaces: ["kube-system", "kube-public", "kube-node-lease"],
  users: [],
  namespaceLabel: "policy.portcullis.dev/exempt",
  namespaceLabelGroups: [...ADMINISTRATORS],
};
