import type { LabelSelector } from "../../policy/binding.ts";
import { objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import type { FailurePolicy, Operation } from "../../policy/rule.ts";

/** Where the API server finds Portcullis. */
export type WebhookServer = (
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  /** Without a path, e.g. `https://portcullis.example.com:8443`. */
  | { readonly url: string }
) & {
  /** Base64 of the PEM certificates that the server's certificate is checked against; else what the API server trusts. */
  readonly caBundle: string | undefined;
};

/** `admissionregistration.k8s.io/v1` WebhookClientConfig. */
interface ClientConfig {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path: string;
    readonly port: number;
  };
  readonly caBundle?: string;
}

/** `admissionregistration.k8s.io/v1` RuleWithOperations. */
export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly Operation[];
  readonly resources: readonly string[];
  readonly scope: "*";
}

/** `admissionregistration.k8s.io/v1` MatchCondition; `expression` is CEL. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/** `metav1.LabelSelector`, as far as it is written here. */
export interface NamespaceSelector {
  /** Absent where it would be empty: an API server would take an empty list for a change of what it has. */
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: LabelSelector["matchExpressions"][number]["operator"];
    readonly values?: readonly string[];
  }[];
}

/** `admissionregistration.k8s.io/v1` ValidatingWebhook or MutatingWebhook; members in the order of Kubernetes' own type. */
export interface WebhookEntry {
  readonly name: string;
  readonly clientConfig: ClientConfig;
  readonly rules: readonly WebhookRule[];
  readonly failurePolicy: FailurePolicy;
  readonly matchPolicy: "Equivalent";
  readonly namespaceSelector: NamespaceSelector;
  readonly sideEffects: "None";
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly ["v1"];
  readonly reinvocationPolicy?: "IfNeeded";
  readonly matchConditions: readonly MatchCondition[];
}

/** The kinds of a webhook configuration. */
export type WebhookKind = "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration";

/** `admissionregistration.k8s.io/v1` ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export interface WebhookConfiguration {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: WebhookKind;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly webhooks: readonly WebhookEntry[];
}

/** By what a cluster knows a configuration. */
export interface ConfigurationId {
  readonly kind: WebhookKind;
  readonly name: string;
}

export function webhookConfiguration(
  { kind, name }: ConfigurationId,
  webhooks: readonly WebhookEntry[],
): WebhookConfiguration {
  const labels = { "app.kubernetes.io/name": "portcullis", "app.kubernetes.io/component": "admission" };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name, labels },
    webhooks,
  };
}

/**
 * Seconds that the API server waits. Answers take milliseconds; a policy that does not end is broken off after a third
 * of this, and what is left suffices to decide again without it. Mutating webhooks are called one after the other and a
 * whole write may take 34 s (k8s.io/apiserver), so one of them must not take Kubernetes' default of 10 s.
 */
const TIMEOUT_SECONDS = 5;

/** An entry with everything that all entries have in common. */
export function webhookEntry(
  entry: Pick<WebhookEntry, "name" | "rules" | "failurePolicy" | "namespaceSelector" | "matchConditions">,
  server: WebhookServer,
  path: "/validate" | "/mutate",
): WebhookEntry {
  const { name, rules, failurePolicy, namespaceSelector, matchConditions } = entry;
  return {
    name,
    clientConfig: clientConfig(server, path),
    rules,
    failurePolicy,
    matchPolicy: "Equivalent",
    namespaceSelector,
    // A decision changes nothing anywhere, so dry runs get real answers.
    sideEffects: "None",
    timeoutSeconds: TIMEOUT_SECONDS,
    admissionReviewVersions: ["v1"],
    ...(path === "/mutate" ? { reinvocationPolicy: "IfNeeded" as const } : {}),
    matchConditions,
  };
}

function clientConfig(server: WebhookServer, path: string): ClientConfig {
  const caBundle = server.caBundle === undefined ? {} : { caBundle: server.caBundle };
  if ("url" in server) return { url: `${server.url}${path}`, ...caBundle };
  const { namespace, name, port } = server.service;
  return { service: { namespace, name, path, port }, ...caBundle };
}

/** Whom an entry that is installed has the API server trust; undefined if it does not say, also by an empty text. */
export function caBundleOf(entry: JsonObject): string | undefined {
  const caBundle = stringMember(objectMember(entry, "clientConfig"), "caBundle");
  return caBundle === "" ? undefined : caBundle;
}
